"""Cases in Allure's terms: standard, clause and requirement as epic, feature and story."""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import md5
from pathlib import Path
from uuid import uuid4

import allure
from allure_commons.logger import AllureFileLogger
from allure_commons.model2 import Label, Status, StatusDetails, TestResult

from sts_reports.events import RequirementFacts
from sts_reports.record import Record, RequirementRecord
from sts_reports.verdict import Verdict
from sts_reports.views.pictures import Picture

__all__ = ["attach_pictures", "attach_transcript", "label", "step", "write_inspected"]

_STATUSES = {Verdict.PASS: Status.PASSED, Verdict.FAIL: Status.FAILED}


def label(requirements: Sequence[RequirementFacts], title: str) -> None:
    """Label the running case with the requirements that it tests."""
    allure.dynamic.title(title)
    allure.dynamic.epic(*dict.fromkeys(requirement.standard for requirement in requirements))
    features = (_feature(one.clause, one.clause_title, numbered=one.numbered) for one in requirements)
    allure.dynamic.feature(*dict.fromkeys(features))
    allure.dynamic.story(*(_story(one.id, one.text) for one in requirements))


def write_inspected(folder: Path, record: Record) -> None:
    """Write a result into Allure's folder for each requirement of a record that is answered by inspection."""
    logger = AllureFileLogger(folder)
    for clause in record["clauses"]:
        for requirement in clause["requirements"]:
            if requirement["by_inspection"] and not requirement["cases"]:
                logger.report_result(_inspected(requirement))


def _inspected(requirement: RequirementRecord) -> TestResult:
    verdict, answer = requirement["verdict"], dict(requirement["answer"] or {})
    identity = md5(requirement["id"].encode(), usedforsecurity=False).hexdigest()
    return TestResult(
        uuid=str(uuid4()),
        historyId=identity,
        testCaseId=identity,
        name=f"by inspection: {requirement['id']}",
        fullName=f"inspection#{requirement['id']}",
        status=_STATUSES.get(verdict, Status.SKIPPED),
        statusDetails=StatusDetails(message=f"{verdict}: {requirement['reason']}"),
        description="\n\n".join(f"{name}: {value}" for name, value in answer.items() if value) or None,
        labels=[Label(name=name, value=value) for name, value in _labels(requirement)],
    )


def _labels(requirement: RequirementRecord) -> Iterator[tuple[str, str]]:
    yield "epic", requirement["standard"]
    yield (
        "feature",
        _feature(requirement["clause"], requirement["clause_title"], numbered=requirement["numbered"]),
    )
    yield "story", _story(requirement["id"], requirement["text"])
    yield "framework", "stsbench"


def _feature(clause: str, title: str, *, numbered: bool) -> str:
    return f"{clause} {title}" if numbered else title


def _story(name: str, text: str) -> str:
    return f"{name}: {text}"


def step(title: str) -> None:
    """Note something that was done in the running case."""
    with allure.step(title):
        pass


def attach_transcript(lines: Sequence[str]) -> None:
    """Attach the decoded transcript to the running case."""
    allure.attach("\n".join(lines), "transcript", allure.attachment_type.TEXT)


def attach_pictures(pictures: Iterable[Picture]) -> None:
    """Attach pictures to the running case, and the reason in words where one could not be drawn."""
    for picture in pictures:
        if picture.svg:
            allure.attach(picture.svg, picture.title, allure.attachment_type.SVG)
        else:
            allure.attach(picture.problem, picture.title, allure.attachment_type.TEXT)
