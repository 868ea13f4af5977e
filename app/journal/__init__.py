"""The journal: what this profile sends, receives and releases, kept in SQLite before it is acted on."""

from app.journal.database import Database
from app.journal.journal import Journal
from app.journal.records import PartRow, Report, Run, TaskRow, Wanted

__all__ = ["Database", "Journal", "PartRow", "Report", "Run", "TaskRow", "Wanted"]
