"""Compiles the message catalogues (.po to .mo) when a wheel is built."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompiledTranslations(BuildHookInterface):
    def initialize(self, version: str, build_data: dict[str, object]) -> None:  # noqa: ARG002
        for source in (Path(self.root) / "platform" / "creditbridge").rglob("*.po"):
            with source.open("rb") as catalogue, source.with_suffix(".mo").open("wb") as compiled:
                write_mo(compiled, read_po(catalogue))
