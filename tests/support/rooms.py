"""The rooms of `musicgen_live` in the order in which they may import each other, and what the code really imports.

    python -m tests.support.rooms

prints every room with its caption, what it imports, imports that point to a later room, and circles of modules.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "musicgen_live"

ROOMS: tuple[tuple[str, ...], ...] = (
    ("errors",),
    ("music",),
    ("encodings",),
    ("config",),
    ("midi",),
    ("model", "interfaces", "sound"),
    ("generation", "player"),
    ("session",),
    ("cli",),
)
"""A module imports from its own room and from rooms of earlier rows, never from a neighbour in its row."""

ROW = {room: row for row, rooms in enumerate(ROOMS) for room in rooms}


def modules(package: str = PACKAGE, root: Path = ROOT) -> dict[str, Path]:
    """Every module of a package by its dotted name; a folder's `__init__` has the folder's name."""
    found = {}
    for path in sorted((root / package).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports_of(path: Path, known: Mapping[str, Path]) -> set[str]:
    """The known modules that a file imports at any level, for typing too."""
    return {name for name in imported_names(path) if name in known}


def imported_names(path: Path) -> Iterator[str]:
    """Every dotted name that a file imports absolutely: modules, and what is imported from them."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room_of(module: str) -> str | None:
    """The room that a module of the package lies in; None for the package's two dunder files."""
    parts = module.split(".")
    return None if len(parts) < 2 or parts[1] == "__main__" else parts[1]


def graph() -> dict[str, set[str]]:
    """Every module with the modules of the package that it imports."""
    known = modules()
    return {module: imports_of(path, known) - {module} for module, path in known.items()}


def upward(imports: Mapping[str, set[str]]) -> list[str]:
    """Imports from a room that is no earlier one, as sentences."""
    wrong = []
    for module, targets in imports.items():
        room = room_of(module)
        for target in sorted(targets):
            other = room_of(target)
            if room and other and other != room and ROW[other] >= ROW[room]:
                wrong.append(f"{module} imports {target}")
    return wrong


def circles(imports: Mapping[str, set[str]]) -> list[tuple[str, ...]]:
    """The groups of modules that import each other, directly or by others (Tarjan 1972)."""
    index: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[tuple[str, ...]] = []

    def visit(module: str) -> None:
        index[module] = lowest[module] = len(index)
        stack.append(module)
        for target in sorted(imports[module]):
            if target not in index:
                visit(target)
                lowest[module] = min(lowest[module], lowest[target])
            elif target in stack:
                lowest[module] = min(lowest[module], index[target])
        if lowest[module] == index[module]:
            group = stack[stack.index(module) :]
            del stack[stack.index(module) :]
            if len(group) > 1:
                found.append(tuple(sorted(group)))

    for module in sorted(imports):
        if module not in index:
            visit(module)
    return found


def caption(room: str) -> str:
    """The first line of a room's docstring."""
    path = ROOT / PACKAGE / room
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return (ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").splitlines()[0]


def main() -> None:
    """Print the rooms."""
    imports = graph()
    for row in ROOMS:
        for room in row:
            files = [module for module in imports if room_of(module) == room]
            used = {room_of(target) for module in files for target in imports[module]} - {room, None}
            order = [name for names in ROOMS for name in names if name in used]
            print(f"{room:11} {len(files):3} modules  {caption(room)}")
            print(f"{'':11} imports {', '.join(order) or 'nothing'}")
    wrong = upward(imports)
    print(f"{len(wrong)} imports from a later room" + "".join(f"\n  {line}" for line in wrong))
    found = circles(imports)
    print(f"{len(found)} circles" + "".join(f"\n  {', '.join(group)}" for group in found))


if __name__ == "__main__":
    main()
