"""The style sheet, made of the palette's tokens. Widgets choose a look by the property ``look``."""

from __future__ import annotations

from dataclasses import asdict
from string import Template

from app.ui.theme.tokens import Palette

# Measures: grid 4, controls 32 (small 26), radii 4 chips, 6 controls, 8 cards, 10 sheets, borders 1.
_SHEET = Template("""
* { font-size: 13px; }
QWidget { color: $text; }
QMainWindow, QWidget#window { background: $bg; }
QWidget#page, QStackedWidget#pages { background: $surface; }
QToolTip { background: $raised; color: $text; border: 1px solid $border; padding: 4px 6px; }

QLabel[look="title"] { font-size: 20px; font-weight: 600; }
QLabel[look="sentence"] { font-size: 16px; font-weight: 600; }
QLabel[look="step"] { background: $track; color: $text2; border-radius: 11px; font-size: 12px; font-weight: 600; }
QLabel[look="step"][on="true"] { background: $accent_fill; color: $on_fill; }
QLabel[look="heading"] { font-size: 14px; font-weight: 600; }
QLabel[look="lead"] { font-size: 14px; color: $text2; }
QLabel[look="medium"] { font-weight: 500; }
QLabel[look="fact"] { font-size: 12px; }
QLabel[look="strong"] { font-weight: 600; }
QLabel[look="second"] { font-size: 12px; color: $text2; }
QLabel[look="third"] { font-size: 12px; color: $text3; }
QLabel[look="key"] { color: $key; }
QLabel[look="done"] { color: $done; }
QLabel[look="error"] { color: $error; }
QLabel[look="error-small"] { font-size: 12px; color: $error; }
QLabel[look="done-small"] { font-size: 12px; color: $done; }
QLabel[look="key-small"] { font-size: 12px; color: $key; }
QLabel[look="mono"] { font-family: "Noto Sans Mono CJK SC", Menlo, Consolas, monospace; font-size: 12px; }
QLabel[look="key-chip"] { background: $key_soft; color: $key; border-radius: 4px; padding: 2px 6px; font-size: 12px; }
QLabel[look="done-chip"] { background: $done_soft; color: $done; border-radius: 4px; padding: 2px 6px; font-size: 12px; }
QLabel[look="chip"] { border: 1px solid $border; color: $text2; border-radius: 4px; padding: 1px 6px; font-size: 12px; }

QPushButton, QToolButton[look="button"] {
  background: $surface; border: 1px solid $border; border-radius: 6px; padding: 0 12px;
  min-height: 30px; max-height: 30px; }
QPushButton:hover, QToolButton[look="button"]:hover { background: $raised; border-color: $strong; }
QPushButton:pressed, QToolButton[look="button"]:pressed { background: $selection; }
QPushButton:disabled, QToolButton[look="button"]:disabled { color: $text3; background: $raised; border-color: $border; }
QPushButton:focus, QToolButton:focus { border: 2px solid $accent; outline: none; }
QPushButton[look="primary"] { background: $accent_fill; color: $on_fill; border-color: $accent_fill; font-weight: 600; }
QPushButton[look="primary"]:hover { background: $accent_fill; border-color: $text; }
QPushButton[look="primary"]:disabled { background: $track; color: $text3; border-color: $track; }
QPushButton[look="primary"]:focus { border: 2px solid $text; }
QPushButton[look="key"] { background: $key_button; color: $on_key; border-color: $key_button; font-weight: 600; }
QPushButton[look="key"]:disabled { background: $track; color: $text3; border-color: $track; }
QPushButton[look="key"]:focus { border: 2px solid $text; }
QPushButton[look="danger"] { color: $error; border-color: transparent; background: transparent; }
QPushButton[look="danger"]:hover { background: $error_soft; }
QPushButton[look="quiet"] { border: 1px solid transparent; background: transparent; color: $text2;
  padding: 0 28px 0 8px; text-align: left; }
QPushButton[look="quiet"]:hover { background: $raised; }
QPushButton[look="quiet"]:focus { border: 2px solid $accent; }
QPushButton::menu-indicator { image: none; width: 0; }
QPushButton[look="link"] { border: none; background: transparent; color: $accent; padding: 0 2px; }
QPushButton[look="link"]:focus { border: 2px solid $accent; }
QPushButton[small="true"] { min-height: 24px; max-height: 24px; padding: 0 10px; }
QToolButton { border: 1px solid transparent; border-radius: 6px; background: transparent;
  min-width: 28px; min-height: 28px; }
QToolButton:hover { background: $raised; }
QToolButton::menu-indicator { image: none; }
QToolButton[look="button"] { min-width: 28px; padding: 0 6px; }

QPushButton[look="nav"] { text-align: left; border: 1px solid transparent; background: transparent; padding: 0 8px;
  min-height: 32px; max-height: 32px; }
QPushButton[look="nav"]:hover { background: $raised; }
QPushButton[look="nav"]:checked { background: $surface; border-color: $border; font-weight: 600; }
QPushButton[look="nav"]:focus { border: 2px solid $accent; }
QPushButton[look="cloud"] { min-height: 50px; max-height: 50px; border-radius: 8px; }
QLabel[look="badge"] { font-size: 12px; color: $text2; background: transparent; }
QLabel[look="badge-key"] { font-size: 12px; font-weight: 600; background: $key_button; color: $on_key; border-radius: 9px;
  padding: 1px 7px; }

QFrame#segments { background: $raised; border: 1px solid $border; border-radius: 6px; }
QFrame#segments QPushButton { border: 1px solid transparent; background: transparent; min-height: 26px; max-height: 26px; padding: 0 10px; border-radius: 5px; }
QFrame#segments QPushButton:checked { background: $surface; border-color: $border; font-weight: 600; }
QFrame#segments QPushButton:focus { border: 2px solid $accent; }

QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QComboBox {
  background: $surface; border: 1px solid $border; border-radius: 6px; padding: 0 10px;
  min-height: 30px; selection-background-color: $accent_fill; selection-color: $on_fill; }
QLineEdit { placeholder-text-color: $text3; }
QPlainTextEdit, QTextEdit { padding: 6px 8px; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QSpinBox:focus, QComboBox:focus { border: 2px solid $accent; }
QPlainTextEdit[look="fact"], QPlainTextEdit[look="mono"] { border: none; border-radius: 0; padding: 0; min-height: 0;
  background: transparent; font-size: 12px; }
QPlainTextEdit[look="mono"] { font-family: "Noto Sans Mono CJK SC", Menlo, Consolas, monospace; }
QPlainTextEdit[look="fact"]:focus, QPlainTextEdit[look="mono"]:focus { border: none; background: $selection; }
QFrame[look="strong"] { font-weight: 600; }
QFrame[look="second"] { font-size: 12px; color: $text2; }
QLineEdit QToolButton { min-width: 0; min-height: 0; border: none; background: transparent; }
QLineEdit:read-only { background: $raised; }
QLineEdit[look="mono"] { font-family: "Noto Sans Mono CJK SC", Menlo, Consolas, monospace; font-size: 12px; }
QComboBox::drop-down { border: none; width: 22px; }
QComboBox::down-arrow { image: url($chevron); width: 14px; height: 14px; }
QComboBox QAbstractItemView { background: $surface; border: 1px solid $border; selection-background-color: $selection;
  selection-color: $text; outline: none; }

QFrame[look="card"] { background: $surface; border: 1px solid $border; border-radius: 8px; }
QFrame[look="raised"] { background: $raised; border: 1px solid $border; border-radius: 8px; }
QFrame[look="field"] { background: $surface; border: 1px solid $border; border-radius: 6px; min-height: 30px; }
QFrame[look="choice"] { background: transparent; border: 1px solid $border; border-radius: 8px; }
QFrame[look="choice"][on="true"] { background: $selection; border-color: $accent; }
QFrame[look="error"] { background: $error_soft; border: 1px solid $error; border-radius: 8px; }
QFrame[look="key"] { background: $key_soft; border: 1px solid $key_strip; border-radius: 8px; }
QFrame[look="drop"] { background: $raised; border: 1px dashed $strong; border-radius: 8px; }
QFrame[look="drop"][lit="true"] { background: $selection; border: 2px dashed $accent; }
QFrame[look="upright"] { background: $border; border: none; max-width: 1px; min-width: 1px; }
QFrame[look="line"] { background: $border; border: none; max-height: 1px; min-height: 1px; }
QFrame[look="key-badge"] { background: $key_soft; border: none; border-radius: 22px; }
QFrame#releaseBar { background: $surface; border: none; border-top: 1px solid $border; }
QFrame#sheet { background: $surface; border: 1px solid $border; border-radius: 10px; }
QFrame#sheetFoot { background: $raised; border: none; border-top: 1px solid $border;
  border-bottom-left-radius: 10px; border-bottom-right-radius: 10px; }
QFrame#sidebar { background: $bg; }
QFrame#statusbar { background: $surface; border-top: 1px solid $border; }
QFrame#statusbar QLabel { font-size: 12px; color: $text2; }
QFrame#pane { background: $surface; border-left: 1px solid $border; }

QAbstractItemView { background: $surface; border: none; outline: none; }
QListView#filmTicks { border: 1px solid $border; border-radius: 8px; padding: 4px 0; }
QListWidget[look="names"] { border: 1px solid $border; border-radius: 6px; padding: 4px; }
QListWidget[look="names"]::item { padding: 5px 6px; border-radius: 4px; }
QListWidget[look="names"]::item:selected { background: $selection; color: $text; }
QTableView { gridline-color: transparent; selection-background-color: $selection; selection-color: $text; }
QTableView::item { border-bottom: 1px solid $border; padding: 0 8px; }
QTableView::item:focus { border: 2px solid $accent; }
QHeaderView { background: $surface; }
QHeaderView::section { background: $surface; color: $text2; font-size: 12px; border: none;
  border-bottom: 1px solid $border; padding: 0 8px; min-height: 28px; }
QScrollArea, QScrollArea > QWidget > QWidget#scrolled { background: transparent; border: none; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar::handle:vertical { background: $strong; border-radius: 3px; min-height: 32px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle:horizontal { background: $strong; border-radius: 3px; min-width: 32px; margin: 2px; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page { background: none; border: none;
  width: 0; height: 0; }

QCheckBox, QRadioButton { spacing: 8px; min-height: 28px; background: transparent; }
QCheckBox:focus, QRadioButton:focus { color: $accent; }
QCheckBox::indicator { width: 16px; height: 16px; border: 1px solid $strong; border-radius: 4px; background: $surface; }
QCheckBox::indicator:checked, QCheckBox::indicator:indeterminate { background: $accent_fill; border-color: $accent_fill; image: url($check); }
QCheckBox::indicator:indeterminate { image: url($dash); }
QRadioButton::indicator { width: 16px; height: 16px; border: 1px solid $strong; border-radius: 9px; background: $surface; }
QRadioButton::indicator:checked { width: 8px; height: 8px; border: 5px solid $accent_fill; }
QLabel[look="error"], QLabel[look="key"] { background: transparent; border: none; }
QLabel[look="error-note"] { background: $error_soft; color: $error; border: 1px solid $error; border-radius: 6px; padding: 6px 10px; }
QLabel[look="key-note"] { background: $key_soft; color: $key; border: 1px solid $key_strip; border-radius: 6px; padding: 6px 10px; }
QProgressBar { background: $track; border: none; border-radius: 2px; min-height: 6px; max-height: 6px; }
QProgressBar::chunk { background: $accent_fill; border-radius: 2px; }
QMenu { background: $surface; border: 1px solid $border; border-radius: 8px; padding: 4px; }
QMenu::item { padding: 6px 24px 6px 12px; border-radius: 4px; }
QMenu::item:selected { background: $selection; color: $text; }
QMenu::item:disabled { color: $text3; }
QMenu::separator { height: 1px; background: $border; margin: 4px 8px; }
""")


def style_sheet(palette: Palette) -> str:
    """The style sheet for a palette. Its two small drawings are kept as files of the program."""
    from app.ui.theme.drawings import drawing  # noqa: PLC0415 - files are needed only here

    tokens = {name: value for name, value in asdict(palette).items() if isinstance(value, str)}
    return _SHEET.substitute(tokens, check=drawing("check"), dash=drawing("dash"), chevron=drawing("chevron"))
