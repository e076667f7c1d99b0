"""What the tests in a Debian of their own share."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Iterator

import pytest

from harness import ROOT
from rootfs import Root, debian, is_root


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """For root file systems; gone afterwards."""
    assert is_root(), "debootstrap and chroot need root"
    made = Path(tempfile.mkdtemp(prefix="chroot-", dir=ROOT / "build"))
    try:
        yield made
    finally:
        shutil.rmtree(made)


@pytest.fixture(scope="module")
def root(folder: Path, deb: Path, request: pytest.FixtureRequest) -> Root:
    """A Debian in which the package is installed, beside what the module says in BESIDE."""
    root = debian(folder / "root")
    shutil.copy(deb, root.folder / "srv/parley.deb")
    root.run("apt-get", "update", "-qq")
    install = ("apt-get", "install", "-y", "-qq", "--no-install-recommends")
    root.run(*install, "/srv/parley.deb", *request.module.BESIDE, env={"DEBIAN_FRONTEND": "noninteractive"})
    return root


@pytest.fixture(scope="session")
def deb() -> Path:
    """The package, just made."""
    subprocess.run(["cmake", "--workflow", "--preset", "package"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    (made,) = (ROOT / "build/package").glob("parley_*.deb")
    return made
