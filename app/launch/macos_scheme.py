"""macOS: the app's bundle says which links it opens, and the system reads it when the app comes into
Applications. Nothing is registered at run time; the link arrives as a QFileOpenEvent.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.domain.words import N_
from app.launch.link import SCHEME
from app.launch.scheme import SchemeState, Standing, not_set


def bundle_url_types() -> dict[str, object]:
    """What the packager puts into Info.plist."""
    return {
        "CFBundleURLTypes": [
            {"CFBundleURLName": "reelkey.link", "CFBundleTypeRole": "Viewer", "CFBundleURLSchemes": [SCHEME]}
        ]
    }


class MacDesktop:
    """A program in a bundle opens links by its plist; one outside of any can't."""

    def __init__(self, command: Sequence[str]) -> None:
        self._bundle = next((folder for folder in Path(command[0]).parents if folder.suffix == ".app"), None)

    def state(self) -> SchemeState:
        if self._bundle is None:
            return SchemeState(Standing.MISSING)
        return SchemeState(Standing.BUNDLE, str(self._bundle))

    def register(self) -> None:
        if self._bundle is None:
            raise not_set(N_("on macOS only Reelkey.app can open links"))

    def unregister(self) -> None:
        """The bundle's entry goes with the bundle."""
