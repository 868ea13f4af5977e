"""The stand-in's switches, changed by control call."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Settings(BaseModel):
    """How the stand-in behaves beside its faults."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    consent: Literal["ask", "allow", "deny"] = "ask"  # what comes of a request for consent
    keep_bytes: bool = False  # keep what is uploaded, so that it can be downloaded
    digests: list[Literal["md5", "sha1", "sha256"]] = ["md5", "sha1", "sha256"]  # fewer: faster
    limit: int | None = Field(default=15 * 1024**3, ge=0)  # bytes that an account may hold; None: no limit
    token_seconds: int = Field(default=3599, ge=1)
    list_lag: int = Field(default=0, ge=0)  # so many listings don't show a new item yet
    session_seconds: int = Field(default=7 * 86400, ge=1)
