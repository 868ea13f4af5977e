"""The page's words, Chinese and English."""

from __future__ import annotations

from sandbox.task_server.rules import STATUS_NAMES

LANGUAGES = ("zh", "en")

WORDS = {
    "title": ("片库", "Film library"),
    "stand_in": ("沙箱", "Sandbox"),
    "signed_in": ("登录为", "Signed in as"),
    "other_language": ("English", "中文"),
    "theme": ("明暗", "Light or dark"),
    "send": ("送出影片", "Send films"),
    "send_hint": (
        "填写影片文件夹和系列编号，再用 Reelkey 打开。每部影片会各建一个任务。",
        "Name the folder of films and the series, then open Reelkey. Each film becomes a task.",
    ),
    "folder": ("影片文件夹", "Folder of films"),
    "series": ("系列编号", "Series id"),
    "open_upload": ("用 Reelkey 送出", "Send with Reelkey"),
    "too_long": ("这个链接太长或不完整", "This link is too long or incomplete"),
    "releases": ("等您放行的私有块", "Private blocks to release"),
    "releases_none": ("没有等待放行的私有块。", "Nothing to release."),
    "release_count": ("{n} 个任务在等您放行", "{n} tasks wait for your release"),
    "open_private": ("用 Reelkey 放行", "Release with Reelkey"),
    "films": ("影片", "Films"),
    "films_none": (
        "还没有影片 — 以卖方身份点“用 Reelkey 送出”。",
        "No films yet — sign in as a seller and press Send with Reelkey.",
    ),
    "open_download": ("用 Reelkey 接收", "Receive with Reelkey"),
    "not_ready": ("送出尚未完成", "Not sent yet"),
    "no_token": ("没有有效的登录", "No valid sign-in"),
    "source": ("节目", "Source"),
    "series_short": ("系列", "Series"),
    "task": ("任务", "Task"),
    "private": ("私有块", "Private block"),
    "seller": ("卖方", "Seller"),
    "buyer": ("买方", "Buyer"),
    "lost": ("连不上服务器，正在重试…", "The server can't be reached, trying again…"),
}

_ENGLISH_STATUS = {
    0: "Not started",
    1: "Splitting",
    2: "Encrypting",
    3: "Uploading",
    4: "Downloading",
    5: "Waiting for the private block",
    6: "Getting the private block",
    7: "Merging",
    8: "Done",
    9: "Error",
}


def word(key: str, language: str, **facts: object) -> str:
    """The word in that language, placeholders filled."""
    return WORDS[key][LANGUAGES.index(language)].format(**facts)


def status_name(status: int, language: str) -> str:
    names = STATUS_NAMES if language == "zh" else _ENGLISH_STATUS
    return names.get(status, str(status))
