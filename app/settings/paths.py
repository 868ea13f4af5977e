"""Where a profile lives on the disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from app.settings.files import make_private_dir

APP = "reelkey"


@dataclass(frozen=True, slots=True)
class ProfilePaths:
    """The places of one profile. With `root` (``--profile DIR``) everything lies under it and nowhere else;
    without, where the system keeps such things. `cache_dir` (Kubo builds) is the user's, shared by all
    profiles, because a build takes minutes; REELKEY_CACHE moves it.
    """

    root: Path | None
    data_dir: Path
    config_dir: Path
    logs_dir: Path
    cache_dir: Path

    @classmethod
    def of(cls, root: Path | None, env: Mapping[str, str] | None = None) -> ProfilePaths:
        """The places of the profile at `root`; None is the user's own. Nothing is made yet."""
        found = platformdirs.PlatformDirs(APP, appauthor=False)
        moved = (env or {}).get("REELKEY_CACHE")
        cache = Path(moved).expanduser().absolute() if moved else Path(found.user_cache_dir)
        if root is not None:
            whole = root.expanduser().absolute()
            return cls(whole, whole, whole, whole / "logs", cache)
        return cls(
            None,
            Path(found.user_data_dir),
            Path(found.user_config_dir),
            Path(found.user_log_dir),
            cache,
        )

    @property
    def journal_file(self) -> Path:
        return self.data_dir / "journal.db"

    @property
    def settings_file(self) -> Path:
        return self.config_dir / "settings.json"

    @property
    def profile_file(self) -> Path:
        """Says which profile this is and where its key is kept."""
        return self.data_dir / "profile.json"

    @property
    def key_file(self) -> Path:
        """The journal's key, only where the system has no keyring."""
        return self.data_dir / "profile.key"

    @property
    def node_dir(self) -> Path:
        return self.data_dir / "node"

    @property
    def leases_dir(self) -> Path:
        return self.data_dir / "leases"

    @property
    def work_dir(self) -> Path:
        return self.data_dir / "work"

    def ensure(self) -> ProfilePaths:
        """Make the folders, for this user alone (0700). Raises TargetUnwritable."""
        for folder in (
            self.data_dir,
            self.config_dir,
            self.logs_dir,
            self.node_dir,
            self.leases_dir,
            self.work_dir,
        ):
            make_private_dir(folder)
        return self
