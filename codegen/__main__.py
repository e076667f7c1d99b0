"""python3 -m codegen: writes generated/ from protocol.yaml. See codegen/README.md."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .compare import compare
from .language import read_protocol
from .render import MADE_FROM, render
from .source import SpecError

ROOT = Path(__file__).parent.parent
COMMAND = "tools/codegen"


def main() -> int:
    args = arguments()
    try:
        protocol = read_protocol(args.spec.read_text(encoding="utf-8"), name_of(args.spec))
        if args.compare:
            old = read_protocol(args.compare.read_text(encoding="utf-8"), name_of(args.compare))
            return report(compare(old, protocol))
    except SpecError as error:
        print(error, file=sys.stderr)
        return 1
    except (OSError, UnicodeDecodeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    files = render(protocol)
    return check(files, args.out) if args.check else write(files, args.out)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=COMMAND, description="Writes generated/ from protocol.yaml.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when generated/ is not up to date")
    parser.add_argument("--compare", type=Path, metavar="OLD.yaml",
                        help="write nothing; name what breaks clients and servers that speak OLD.yaml")
    parser.add_argument("--spec", type=Path, default=ROOT / "protocol.yaml", help="default: %(default)s")
    parser.add_argument("--out", type=Path, default=ROOT / "generated", help="default: %(default)s")
    return parser.parse_args()


def name_of(path: Path) -> str:
    """The path as a person would type it."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def write(files: dict[str, str], out: Path) -> int:
    """Writes what changed; files that are the same keep their time, so that nothing is built in vain."""
    out.mkdir(exist_ok=True)
    for name, text in files.items():
        path = out / name
        if not path.exists() or path.read_bytes() != text.encode():
            path.write_bytes(text.encode())
            print(f"wrote {path}")
    for path in strangers(files, out):
        if path.is_file() and MADE_FROM in path.read_text(encoding="utf-8", errors="replace")[:400]:
            path.unlink()
            print(f"removed {path}")
    return 0


def check(files: dict[str, str], out: Path) -> int:
    troubles = [f"{out / name}: missing" for name in files if not (out / name).exists()]
    troubles += [f"{out / name}: differs from what protocol.yaml gives" for name, text in files.items()
                 if (out / name).exists() and (out / name).read_bytes() != text.encode()]
    troubles += [f"{path}: not made by codegen; move it away" for path in strangers(files, out)]
    for trouble in troubles:
        print(trouble, file=sys.stderr)
    if troubles:
        print(f"run: {COMMAND}", file=sys.stderr)
    return 1 if troubles else 0


def strangers(files: dict[str, str], out: Path) -> list[Path]:
    """What else lies in the folder, but for what Python leaves behind where it imports protocol.py."""
    known = {*files, "__pycache__"}
    return sorted(path for path in out.iterdir() if path.name not in known) if out.exists() else []


def report(breaks: list[str]) -> int:
    for line in breaks:
        print(line)
    return 1 if breaks else 0


if __name__ == "__main__":
    sys.exit(main())
