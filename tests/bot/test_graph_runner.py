"""The planned runner against Rasa's own, on a small graph."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage

from bot.graph_runner import PlannedGraphRunner

calls: list[str] = []


class Adds(GraphComponent):
    """Adds what it is given and its own number."""

    def __init__(self, number: int, name: str) -> None:
        self._number = number
        self._name = name

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: Any, resource: Any, execution_context: ExecutionContext
    ) -> Adds:
        return cls(config["number"], execution_context.node_name or "")

    def run(self, left: int, right: int) -> int:
        calls.append(self._name)
        return left + right + self._number


def adds(number: int, left: str, right: str) -> SchemaNode:
    return SchemaNode({"left": left, "right": right}, Adds, "create", "run", {"number": number}, eager=True)


@pytest.fixture
def loaded(tmp_path: Path) -> DaskGraphRunner:
    schema = GraphSchema(
        {
            "last": adds(100, "middle", "first"),
            "middle": adds(10, "first", "first"),
            "first": adds(1, "__message__", "__message__"),
            "unasked": adds(1000, "first", "first"),
        }
    )
    calls.clear()
    return DaskGraphRunner.create(schema, LocalModelStorage.create(tmp_path), ExecutionContext(schema))


def test_it_gives_what_rasas_runner_gives(loaded: DaskGraphRunner) -> None:
    planned = PlannedGraphRunner(loaded)
    for message in (3, 5):
        inputs, targets = {"__message__": message}, ["last", "middle"]
        assert planned.run(inputs, targets) == loaded.run(inputs, targets)


def test_each_node_runs_once_after_those_it_needs(loaded: DaskGraphRunner) -> None:
    PlannedGraphRunner(loaded).run({"__message__": 3}, ["last"])
    assert calls == ["first", "middle", "last"]


def test_another_target_has_another_plan(loaded: DaskGraphRunner) -> None:
    planned = PlannedGraphRunner(loaded)
    planned.run({"__message__": 3}, ["last"])
    assert planned.run({"__message__": 3}, ["unasked"]) == {"unasked": 1014}
