"""Writes the page of the licences of dependencies: `python docs/make_dependencies.py`.

Reads the metadata of what is installed, so all extras must be: `uv sync` installs them.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PAGE = Path(__file__).with_name("dependencies.md")
EXTRAS = ("", "listen", "web", "link", "train")
HEAD = """# Licences of dependencies

`python docs/make_dependencies.py` writes this page from the metadata of the installed packages. [What the licences mean
for you](licences.md) is a page of its own. A package is listed under the first extra that installs it, directly or
through another package.
"""


def licence_of(name: str) -> str:
    """Return the licence that a package states: as an expression, as a classifier, or in words."""
    metadata = distribution(name).metadata
    if "License-Expression" in metadata:
        return metadata["License-Expression"]
    classifiers = metadata.get_all("Classifier") or []
    named = [each.split(" :: ")[-1] for each in classifiers if each.startswith("License :: OSI Approved :: ")]
    if named:
        return ", ".join(named)
    stated = metadata["License"].strip() if "License" in metadata else ""
    return stated.splitlines()[0] if stated else "not stated"


def reached(name: str, extra: str) -> set[str]:
    """Return the packages that a package with an extra installs here, directly or through others, without itself."""
    found: set[str] = set()
    waiting = [(canonicalize_name(name), extra)]
    while waiting:
        package, its_extra = waiting.pop()
        for text in distribution(package).requires or []:
            requirement = Requirement(text)
            key = canonicalize_name(requirement.name)
            if requirement.marker and not requirement.marker.evaluate({"extra": its_extra}):
                continue
            if key not in found and is_installed(key):
                found.add(key)
                waiting += [(key, each) for each in ("", *requirement.extras)]
    return found


def is_installed(name: str) -> bool:
    """Return True if a package is installed here; one for another system is not."""
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def page() -> str:
    """Return the page as text."""
    parts, listed = [HEAD], {"musicgen-live"}
    for extra in EXTRAS:
        packages = sorted(reached("musicgen-live", extra) - listed)
        if packages:
            title = f"Extra `{extra}`" if extra else "Always installed"
            rows = [f"| {name} | {licence_of(name)} |" for name in packages]
            parts.append("\n".join([f"## {title}\n", "| package | licence |", "| --- | --- |", *rows]) + "\n")
        listed.update(packages)
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
