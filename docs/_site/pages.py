"""The pages of the site that are not in docs/, navigation that names many at once, and links between all."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
OUTSIDE = {"README.md": "index.md"}  # what else is on the site under another name
PATTERNS = ("CHANGELOG.md", "CONTRIBUTING.md", "README.md", "benchmarks/*.md", "plugins/**/README.md")
CODE = r"^```.*?^```|(?<!\[)`[^`\n]+`"
LINK = r"(?P<image>!?)\[(?P<label>[^\]]*)\]\((?!\w+:)(?P<file>[^)#\s]+)(?P<anchor>#[^)]*)?\)"


def outside() -> dict[str, str]:
    """The pages that are not in docs/: where each is in the repository, and what it is called on the site."""
    paths = [path.relative_to(REPOSITORY).as_posix() for each in PATTERNS for path in REPOSITORY.glob(each)]
    return {path: OUTSIDE.get(path, path) for path in sorted(paths)}


def page_of(path: str) -> str:
    """What a file of the repository is called on the site; empty where it is not there.

    >>> page_of("docs/plugins.md"), page_of("plugins/nlpkit-cnn"), page_of("LICENSE")
    ('plugins.md', 'plugins/nlpkit-cnn/README.md', '')
    """
    readme = posixpath.join(path, "README.md")
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    return outside().get(path) or outside().get(readme, "")


def linked(text: str, source: str, page: str) -> str:
    """The text of a page whose links lead to pages of the site; one that leads to other files is no link.

    >>> linked("[cnn](../plugins/nlpkit-cnn), [why](decisions/0001.md#a)", "docs/plugins.md", "plugins.md")
    '[cnn](plugins/nlpkit-cnn/README.md), [why](decisions/0001.md#a)'
    >>> linked("[license](LICENSE)", "README.md", "index.md")
    'license'
    >>> linked("`[0](b)` and [`c`](CHANGELOG.md#d)", "README.md", "index.md")
    '`[0](b)` and [`c`](CHANGELOG.md#d)'
    """

    def to_page(link: re.Match[str]) -> str:
        if not link["file"]:  # code, which stays as it is
            return link[0]
        target = page_of(posixpath.normpath(posixpath.join(posixpath.dirname(source), link["file"])))
        if not target:
            return link["label"]
        way = posixpath.relpath(target, posixpath.dirname(page) or ".")
        return f"{link['image']}[{link['label']}]({way}{link['anchor'] or ''})"

    return re.sub(f"{CODE}|{LINK}", to_page, text, flags=re.MULTILINE | re.DOTALL)


def listed(nav: Any, pages: list[str]) -> Any:
    """The navigation, with all pages of a pattern in its place."""
    if isinstance(nav, dict):
        return {title: listed(inside, pages) for title, inside in nav.items()}
    if isinstance(nav, list):
        found = [listed(each, pages) for each in nav]
        return [one for each in found for one in (each if isinstance(each, list) else [each])]
    if "*" not in nav:
        return nav
    pattern = re.compile(re.escape(nav).replace(r"\*", "[^/]+"))
    return sorted(page for page in pages if pattern.fullmatch(page))


# what MkDocs calls


def on_config(config: Any) -> None:
    docs = Path(config.docs_dir)
    inside = [path.relative_to(docs).as_posix() for path in docs.rglob("*.md")]
    config.nav = listed(config.nav, [*inside, *outside().values()])


def on_files(files: Any, config: Any) -> None:
    from mkdocs.structure.files import File

    for path, page in outside().items():
        files.append(File.generated(config, page, abs_src_path=str(REPOSITORY / path)))


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    inverse = {name: path for path, name in outside().items()}
    source = inverse.get(page.file.src_uri, f"docs/{page.file.src_uri}")
    return linked(markdown, source, page.file.src_uri)
