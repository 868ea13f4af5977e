"""The control calls that the stand-ins for clouds and galleries have alike."""

from __future__ import annotations

from typing import Any

from sandbox.serving import Control


class CloudControl(Control):
    """Faults: `sandbox.clouds.faults`; a request (`requests`) has kind, method, path, status and fault."""

    def state(self) -> dict[str, Any]:
        """All that the stand-in knows."""
        found: dict[str, Any] = self.call("GET", "/state")
        return found
