"""What a client sends, read from its form."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.task_server.fields import INTEGER_LIMIT, Form, FormReader


@dataclass(frozen=True)
class NewUpload:
    """Create an upload task."""

    series_id: int
    uuid: str
    source_name: str


@dataclass(frozen=True)
class Report:
    """A download's report: status 0–9 and, where known, percent 0–100."""

    status: int
    percent: int | None


@dataclass(frozen=True)
class BlockReport(Report):
    """An upload's or a release's report: the block's name, series folder, hash, size in bytes, address."""

    name: str
    file: str
    hash: str
    size: int
    ip: str


def read_new_upload(form: Form) -> NewUpload:
    reader = FormReader(form)
    series_id = reader.integer("series_id", low=0, high=INTEGER_LIMIT)
    new = NewUpload(series_id or 0, reader.text("uuid"), reader.text("source_name"))
    reader.check()
    return new


def read_report(form: Form) -> Report:
    reader = FormReader(form)
    report = Report(reader.status(), _percent(reader))
    reader.check()
    return report


def read_block_report(form: Form) -> BlockReport:
    """`hash` and `ip` must be there but may be empty until the block is stored."""
    reader = FormReader(form)
    report = BlockReport(
        status=reader.status(),
        percent=_percent(reader),
        name=reader.text("name"),
        file=reader.text("file"),
        hash=reader.text("hash", blank=True),
        size=reader.size(),
        ip=reader.text("ip", blank=True),
    )
    reader.check()
    return report


def read_source_id(query: Form) -> int:
    """The query's ``source_id``."""
    reader = FormReader(query)
    source_id = reader.integer("source_id", low=0, high=INTEGER_LIMIT)
    reader.check()
    return source_id or 0


def _percent(reader: FormReader) -> int | None:
    return reader.integer("percent", low=0, high=100, required=False)
