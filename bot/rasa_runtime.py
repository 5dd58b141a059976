"""The Rasa Agent inside this process: actions without HTTP and without a JSON schema built anew each time.

Stock Rasa posts every action to a server and builds a JSON schema validator anew each time, which is most of a
turn. Here the endpoint calls the rasa-sdk executor directly, and the two places that create a `RemoteAction` (the
message processor and the form) create `InProcessAction` instead. Nothing of Rasa is patched.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from rasa.core.actions.action import Action, RemoteAction
from rasa.core.actions.forms import FormAction
from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel
from rasa.core.lock_store import LockStore
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.core.tracker_store import TrackerStore
from rasa.engine.storage.storage import ModelMetadata
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from rasa.utils.log_utils import configure_structlog
from rasa_sdk.executor import ActionExecutor

from bot.graph_runner import PlannedGraphRunner


class InProcessEndpoint(EndpointConfig):
    """An action endpoint that runs rasa-sdk actions of this process."""

    def __init__(self, executor: ActionExecutor) -> None:
        super().__init__(url="in-process", enable_selective_domain=True)  # the domain is not sent along
        self._executor = executor

    async def request(self, *_args: Any, json: dict[str, Any] | None = None, **_options: Any) -> Any:
        """Run the action that the payload names; returns its events and responses."""
        if json is None:
            raise ValueError("an action request needs a body")
        result = await self._executor.run(json)
        return result if isinstance(result, dict) else result.model_dump() if result else {}


class InProcessAction(RemoteAction):
    """A custom action of this process. Its result needs no JSON schema: it never was JSON from elsewhere."""

    def _validate_action_result(self, result: dict[str, Any]) -> bool:
        """Check the shape; Rasa checks each event when it reads it. Raises TypeError for anything else."""
        for part in ("events", "responses"):
            if not all(isinstance(item, dict) for item in result[part]):
                raise TypeError(f"action {self.name()} returned {part} that are not dictionaries")
        return True


class InProcessForm(FormAction):
    """A form whose validation action runs in this process."""

    async def validate_slots(
        self,
        slot_candidates: dict[str, Any],
        tracker: DialogueStateTracker,
        domain: Domain,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
    ) -> list[SlotSet | Event]:
        """As in Rasa: let `validate_<form>` see the candidates and return what it makes of them."""
        name = f"validate_{self.name()}"
        if name not in domain.action_names_or_texts:
            return []
        candidates: list[Event] = [SlotSet(slot, value) for slot, value in slot_candidates.items()]
        seen = self._temporary_tracker(tracker, candidates, domain)
        action = InProcessAction(name, self.action_endpoint)
        return list(await action.run(output_channel, nlg, seen, domain))


class InProcessProcessor(MessageProcessor):
    """Creates our actions where Rasa would create its own, and runs the model along a plan made once."""

    @staticmethod
    def _load_model(model_path: str | Path) -> tuple[str, ModelMetadata, PlannedGraphRunner]:
        name, metadata, runner = MessageProcessor._load_model(model_path)
        return name, metadata, PlannedGraphRunner(runner)

    async def _run_prediction_loop(self, output_channel: OutputChannel, tracker: DialogueStateTracker) -> None:
        await super()._run_prediction_loop(output_channel, tracker)
        if isinstance(output_channel, CollectingChannel):
            output_channel.tracker = tracker

    def predict_next_with_tracker_if_should(self, tracker: DialogueStateTracker) -> tuple[Action, PolicyPrediction]:
        """As in Rasa, with the action that runs in this process."""
        action, prediction = super().predict_next_with_tracker_if_should(tracker)
        if isinstance(action, FormAction):
            return InProcessForm(action.name(), self.action_endpoint), prediction
        if type(action) is RemoteAction:
            return InProcessAction(action.name(), self.action_endpoint), prediction
        return action, prediction


class InProcessAgent(Agent):
    """An Agent with `InProcessProcessor`."""

    def load_model(self, model_path: str | Path, fingerprint: str | None = None) -> None:
        """Load the model and give the tracker store and the responses its domain, as `Agent.load_model` does."""
        self.processor = InProcessProcessor(
            model_path=model_path,
            tracker_store=self.tracker_store,
            lock_store=self.lock_store,
            action_endpoint=self.action_endpoint,
            generator=self.nlg,
        )
        self.domain = self.processor.domain
        self._set_fingerprint(fingerprint)
        self.tracker_store.domain = self.domain
        self.nlg.responses = self.domain.responses


def load_agent(
    model: Path, tracker_store: TrackerStore | None, lock_store: LockStore | None, actions_package: str = "actions"
) -> InProcessAgent:
    """Load a trained model (a .tar.gz or the folder that holds it) with the actions of `actions_package`.

    Raises rasa.exceptions.ModelNotFound when there is no model.
    """
    configure_structlog(logging.WARNING)  # else Rasa prints every message of every citizen
    executor = ActionExecutor()
    executor.register_package(actions_package)
    agent = InProcessAgent(
        tracker_store=tracker_store, lock_store=lock_store, action_endpoint=InProcessEndpoint(executor)
    )
    agent.load_model(model)
    return agent


class CollectingChannel(OutputChannel):
    """Keeps whole messages; Rasa's own collector tears text, buttons and card apart."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.messages: list[dict[str, Any]] = []
        self.tracker: DialogueStateTracker | None = None  # the conversation after the turn

    def name(self) -> str:
        """The channel the message came from, such as "web"; responses may vary by it."""
        return self._name

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Take one bot message as it is."""
        self.messages.append(dict(message))
