"""Hook of mkdocs: relative links that leave the site lead to the project's home there (see mkdocs.yml)."""

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

_LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#)([^)#]+)(#[^)]*)?(?=\))")


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Return the page with such links replaced; a link that leads nowhere stays, and mkdocs complains of it."""
    root, here = Path(config.docs_dir).parent, posixpath.dirname(page.file.src_uri)

    def lead(link: re.Match[str]) -> str:
        inside = posixpath.normpath(posixpath.join(here, link[1]))
        path = posixpath.normpath(posixpath.join(Path(config.docs_dir).name, inside))
        file = files.get_file_from_path(inside)
        if (file is not None and file.inclusion.is_included()) or not (root / path).exists():
            return link[0]
        kind = "tree" if (root / path).is_dir() else "blob"
        return f"{config.extra['home']}/{kind}/main/{path}{link[2] or ''}"

    return _LINK.sub(lead, markdown)
