"""Completion in shells where click's own falls short: of values behind an equals sign (``--pack=st``)."""

from __future__ import annotations

from typing import Any

from click.shell_completion import BashComplete, CompletionItem, FishComplete, ZshComplete, add_completion_class


class Bash(BashComplete):
    """Bash makes three words of ``--pack=st``, of which it completes the last."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the one that is completed, without the signs between options and their values."""
        args, incomplete = super().get_completion_args()
        if incomplete == "=":
            args, incomplete = [*args, "="], ""
        return [word for before, word in zip(["", *args], args, strict=False) if not _is_sign(before, word)], incomplete


class Zsh(ZshComplete):
    """Zsh replaces the whole of ``--pack=st``."""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[Any]]:
        """What can stand in place of the word."""
        return _whole_words(super().get_completions(args, incomplete), incomplete)


class Fish(FishComplete):
    """Fish, too, replaces the whole of ``--pack=st``."""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[Any]]:
        """What can stand in place of the word."""
        return _whole_words(super().get_completions(args, incomplete), incomplete)


def register() -> None:
    """Let click complete with these."""
    for kind in (Bash, Zsh, Fish):
        add_completion_class(kind)


def _is_sign(before: str, word: str) -> bool:
    return word == "=" and before.startswith("--")


def _whole_words(items: list[CompletionItem[Any]], incomplete: str) -> list[CompletionItem[Any]]:
    option, sign, _ = incomplete.partition("=")
    if not (sign and option.startswith("--")):
        return items
    return [CompletionItem(f"{option}={item.value}", item.type, item.help) for item in items]
