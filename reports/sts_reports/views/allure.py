"""Put cases into Allure's terms: standard, clause and requirement as epic, feature and story."""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import md5
from pathlib import Path
from typing import Any
from uuid import uuid4

import allure
from allure_commons.logger import AllureFileLogger
from allure_commons.model2 import Label, Status, StatusDetails, TestResult

from sts_reports.verdict import Verdict
from sts_reports.views.pictures import Picture

__all__ = ["attach_pictures", "attach_transcript", "label", "step", "write_inspected"]

_STATUSES = {Verdict.PASS: Status.PASSED, Verdict.FAIL: Status.FAILED}


def label(requirements: Sequence[dict[str, Any]], title: str) -> None:
    """Label the running case with the requirements that it tests."""
    allure.dynamic.title(title)
    allure.dynamic.epic(*dict.fromkeys(requirement["standard"] for requirement in requirements))
    allure.dynamic.feature(*dict.fromkeys(map(_feature, requirements)))
    allure.dynamic.story(*map(_story, requirements))


def write_inspected(folder: Path, record: dict[str, Any]) -> None:
    """Write a result into Allure's folder for each requirement of a record that is answered by inspection."""
    logger = AllureFileLogger(folder)
    for clause in record["clauses"]:
        for requirement in clause["requirements"]:
            if requirement["by_inspection"] and not requirement["cases"]:
                logger.report_result(_inspected(requirement))


def _inspected(requirement: dict[str, Any]) -> TestResult:
    verdict, answer = Verdict(requirement["verdict"]), requirement["answer"] or {}
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


def _labels(requirement: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "epic", requirement["standard"]
    yield "feature", _feature(requirement)
    yield "story", _story(requirement)
    yield "framework", "stsbench"


def _feature(requirement: dict[str, Any]) -> str:
    number = f"{requirement['clause']} " if requirement.get("numbered", True) else ""
    return f"{number}{requirement['clause_title']}"


def _story(requirement: dict[str, Any]) -> str:
    return f"{requirement['id']}: {requirement['text']}"


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
