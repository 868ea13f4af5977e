"""MEGA: everything is encrypted before it leaves this computer, keys, names and contents."""

from app.cloud.destinations.mega.kind import KIND

__all__ = ["KIND"]
