"""What the tests in a Debian of their own share."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from harness import ROOT
from rootfs import is_root


@pytest.fixture(scope="session")
def deb() -> Path:
    """The package, just made."""
    assert is_root(), "debootstrap and chroot need root"
    subprocess.run(["cmake", "--workflow", "--preset", "package"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    (made,) = (ROOT / "build/package").glob("parley_*.deb")
    return made
