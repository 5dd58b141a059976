"""Held-out quality of the intent classifier, to choose the numbers in config.yml: `python -m benchmarks.intents`.

Cross-validation over data/nlu with the model of bot/components; prints accuracy, loss and what each fallback
threshold would keep. About a minute, most of it embedding the examples.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.loading import load_data
from sklearn.model_selection import StratifiedKFold
from tqdm import tqdm

from bot.components.linear_classifier import LinearIntentClassifier, options_from
from bot.components.linear_model import LinearModel, TrainingOptions
from knowledge_base.embedding import load_embedder
from knowledge_base.text import mandarin

FOLDS = 5
SEED = 7
SCALES = (2.0, 4.0, 8.0)
REGULARISATIONS = (3.0, 10.0, 30.0)
THRESHOLDS = (0.0, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6)

Floats = NDArray[np.float32]


def held_out(texts: list[str], vectors: Floats, labels: NDArray[np.str_], options: TrainingOptions) -> Floats:
    """Probability of every class (sorted by name) for each text, from a model that did not see it."""
    result = np.zeros((len(texts), len(set(labels))), dtype=np.float32)
    for train, test in StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(vectors, labels):
        model = LinearModel.fit([texts[row] for row in train], vectors[train], labels[train].tolist(), options)
        for row in test:
            result[row] = model.probabilities(texts[row], vectors[row])
    return result


def main() -> None:
    """Print one line per setting (with --grid for several), then one per fallback threshold for the one in use."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="data/nlu")
    parser.add_argument("--grid", action="store_true", help="try several settings instead of the one in use")
    arguments = parser.parse_args()
    examples = load_data(arguments.data).intent_examples
    texts = [mandarin(example.get(TEXT)) for example in examples]
    labels = np.asarray([example.get(INTENT) for example in examples])
    classes, wanted = np.unique(labels, return_inverse=True)
    embedder = load_embedder()
    vectors = np.concatenate([embedder.embed([text], keep=True) for text in tqdm(texts, desc="embedding")])
    in_use = options_from(LinearIntentClassifier.get_default_config())
    grid = [replace(in_use, dense_scale=a, inverse_regularisation=b) for a in SCALES for b in REGULARISATIONS]
    print(f"{len(texts)} examples, {len(classes)} intents, {FOLDS} folds")
    for options in [*(grid if arguments.grid else []), in_use]:
        shares = held_out(texts, vectors, labels, options)
        is_right = shares.argmax(axis=1) == wanted
        loss = -np.log(shares[np.arange(len(wanted)), wanted] + 1e-9).mean()
        setting = f"dense_scale {options.dense_scale:g}, inverse_regularisation {options.inverse_regularisation:g}"
        print(f"{setting}: accuracy {is_right.mean():.3f}, log loss {loss:.3f}")
    print("threshold  kept  right of kept  right of fallen back")
    for threshold in THRESHOLDS:
        kept = shares.max(axis=1) >= threshold
        fallen = f"{is_right[~kept].mean():.3f}" if (~kept).any() else "-"
        print(f"{threshold:9.2f}  {kept.mean():.3f}  {is_right[kept].mean():13.3f}  {fallen:>20}")


if __name__ == "__main__":
    main()
