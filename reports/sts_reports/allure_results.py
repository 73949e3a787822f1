"""Put cases into Allure's terms: standard, clause and requirement as epic, feature and story."""

from collections.abc import Iterable, Sequence
from typing import Any

import allure

from sts_reports.pictures import Picture

__all__ = ["attach_pictures", "attach_transcript", "label", "step"]


def label(requirements: Sequence[dict[str, Any]], title: str) -> None:
    """Label the running case with the requirements that it tests."""
    allure.dynamic.title(title)
    allure.dynamic.epic(*dict.fromkeys(requirement["standard"] for requirement in requirements))
    allure.dynamic.feature(
        *dict.fromkeys(f"{requirement['clause']} {requirement['clause_title']}" for requirement in requirements)
    )
    allure.dynamic.story(*(f"{requirement['id']}: {requirement['text']}" for requirement in requirements))


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
