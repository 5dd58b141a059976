"""Runs the graph of a loaded model along a plan that is made once.

Rasa's own runner plans the graph anew with dask three times a message, which takes longer than most components.
"""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphNode, GraphNodeHook, GraphSchema
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.runner.interface import GraphRunner
from rasa.engine.storage.storage import ModelStorage

Plan = dict[str, tuple[GraphNode, tuple[str, ...]]]  # nodes in the order they run, each with the names of its inputs


class PlannedGraphRunner(GraphRunner):
    """Runs the nodes that another runner has loaded."""

    def __init__(self, loaded: DaskGraphRunner) -> None:
        self._schema: GraphSchema = loaded._graph_schema
        self._nodes: dict[str, GraphNode] = loaded._instantiated_nodes
        self._plans: dict[tuple[str, ...], Plan] = {}

    @classmethod
    def create(
        cls,
        graph_schema: GraphSchema,
        model_storage: ModelStorage,
        execution_context: ExecutionContext,
        hooks: list[GraphNodeHook] | None = None,
    ) -> PlannedGraphRunner:
        """Load the components of a graph."""
        return cls(DaskGraphRunner.create(graph_schema, model_storage, execution_context, hooks))

    def run(self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None) -> dict[str, Any]:
        """Run what the targets need, each node once; returns the output of each target."""
        wanted = tuple(targets or self._schema.target_names)
        outputs: dict[str, tuple[str, Any]] = {name: (name, value) for name, value in (inputs or {}).items()}
        if wanted not in self._plans:
            self._plans[wanted] = self._plan(wanted)
        for name, (node, needs) in self._plans[wanted].items():
            outputs[name] = node(*(outputs.get(need, need) for need in needs))  # a node says itself what it lacks
        return dict(outputs[name] for name in wanted)

    def _plan(self, targets: tuple[str, ...]) -> Plan:
        plan: Plan = {}

        def add(name: str) -> None:
            if name in plan or name not in self._schema.nodes:  # the rest are inputs
                return
            needs = tuple(self._schema.nodes[name].needs.values())
            for need in needs:
                add(need)
            plan[name] = (self._nodes[name], needs)

        for target in targets:
            add(target)
        return plan
