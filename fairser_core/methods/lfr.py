"""LFR: an utterance described by its nearness to prototypes (Zemel et al. 2013).

Chien & Lee (2023) compare with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor
from torch.func import grad_and_value

from fairser_core.datasets.emotion import EmotionProblem
from fairser_core.lanes.random_streams import Streams
from fairser_core.losses import prototypes
from fairser_core.methods.checks import require_above, require_at_least
from fairser_core.methods.emotion_method import Batch, EmotionMethod, Predictions
from fairser_core.methods.method import Descent, Networks
from fairser_core.methods.paper import CHIEN_LEE_2023, Paper
from fairser_core.networks.layers import Parameters

ZEMEL_2013 = Paper(
    authors=("Zemel", "Wu", "Swersky", "Pitassi", "Dwork"),
    year=2013,
    title="Learning Fair Representations",
    venue="International Conference on Machine Learning 2013, pp. 325-333",
    link="https://proceedings.mlr.press/v28/zemel13.html",
)


@final
@dataclass(frozen=True, kw_only=True)
class Lfr(EmotionMethod):
    """Method that minimises `L = A_z L_z + A_x L_x + A_y L_y`; see prototypes.py for the terms.

    L_x and L_y are of the batch. L_z is between two groups that stand beside each batch: utterances
    whose ground truth is the women's perception alone, and those where it is the men's. Zemel et
    al. minimise over all data at once with L-BFGS; here Adam takes a step a batch. They may give
    each group its own weights of the features. Here there is one set of weights for all, because
    the group of an utterance is not known when its emotion is predicted.

    Attributes:
        batch: utterances in a step.
        learning_rate: of the Adam of all parameters.
        patience: epochs without a better validation macro F1 after which a lane stops and keeps
            its best epoch; 0 trains all epochs and keeps the last.
        pairs: utterances of each group in a step.
        prototypes: K.
        parity_weight: A_z.
        reconstruction_weight: A_x; of a loss that is summed over features.
        emotion_weight: A_y.
    """

    papers = (ZEMEL_2013, CHIEN_LEE_2023)
    systems = (("lfr", "LFR"),)
    weight = "parity_weight"

    batch: int = 32
    learning_rate: float = 0.03
    patience: int = 0
    pairs: int = 16
    prototypes: int = 10
    parity_weight: float = 0.1
    reconstruction_weight: float = 0.01
    emotion_weight: float = 1.0

    def __post_init__(self) -> None:
        require_at_least(2, batch=self.batch)
        require_above(0, learning_rate=self.learning_rate)
        require_at_least(0, patience=self.patience)
        require_at_least(2, pairs=self.pairs, prototypes=self.prototypes)
        require_at_least(0, parity_weight=self.parity_weight)
        require_at_least(0, reconstruction_weight=self.reconstruction_weight)
        require_above(0, emotion_weight=self.emotion_weight)

    @property
    def extra_pairs(self) -> int:
        """The setting `pairs`."""
        return self.pairs

    def memberships(self, parameters: Parameters, features: Tensor) -> Tensor:
        """Return M (utterance, prototype) of features (utterance, feature); α is an exponential."""
        return prototypes.prototype_memberships(
            features, parameters["prototypes"], parameters["log_scale"].exp()
        )

    def score(self, parameters: Parameters, memberships: Tensor) -> Tensor:
        """Return ŷ (utterance,) of M (utterance, prototype); w is a sigmoid."""
        return prototypes.predict(memberships, parameters["logits"].sigmoid())

    def predict(self, networks: Networks, features: Tensor, problem: EmotionProblem) -> Predictions:
        """Predict the emotion of utterances (utterance, feature), alike from each perspective.

        M is the latent representation.
        """
        latent = self.memberships(networks["predictor"], features)
        score = self.score(networks["predictor"], latent)
        return Predictions(score, score, score, latent)

    def init(self, problem: EmotionProblem, generator: torch.Generator) -> Networks:
        """Draw prototypes like normalised utterances; set w to 1/2 and α to 1/√features.

        Distances of an utterance to two prototypes then differ by about 2, for any number of
        features: the utterance belongs to more than one prototype, but not to all alike.
        """
        features = problem.features
        return {
            "predictor": {
                "prototypes": torch.randn(self.prototypes, features, generator=generator),
                "log_scale": torch.full((features,), features**-0.5).log(),
                "logits": torch.zeros(self.prototypes),
            }
        }

    def draws(self, problem: EmotionProblem, rows: int, streams: Streams) -> tuple[()]:
        """Draw nothing: a step is not random."""
        return ()

    def learning_rates(self, epoch: int) -> dict[str, float]:
        """Return the one rate, which is constant."""
        return {"predictor": self.learning_rate}

    def descents(self) -> Sequence[Descent]:
        """Return the one descent."""
        return (self.gradients,)

    def gradients(
        self,
        networks: Networks,
        batch: Batch,
        draws: tuple[()],
        problem: EmotionProblem,
        epoch: int,
    ) -> tuple[Networks, dict[str, Tensor]]:
        """Return the gradient of L.

        Terms, each without its weight: `emotion_loss` (L_y, nats), `reconstruction_loss` (L_x) and
        `parity_loss` (L_z).
        """

        def loss(parameters: Parameters) -> tuple[Tensor, dict[str, Tensor]]:
            terms = self._terms(parameters, batch)
            return (
                self.parity_weight * terms["parity_loss"]
                + self.reconstruction_weight * terms["reconstruction_loss"]
                + self.emotion_weight * terms["emotion_loss"]
            ), terms

        gradient, (_, terms) = grad_and_value(loss, has_aux=True)(networks["predictor"])
        return {"predictor": gradient}, terms

    def _terms(self, parameters: Parameters, batch: Batch) -> dict[str, Tensor]:
        """Return L_y, L_x and L_z by their names in a report."""
        near = self.memberships(parameters, batch.features)
        paired = self.memberships(parameters, torch.cat([batch.female, batch.male]))
        women = torch.ones_like(paired[:, 0])
        women[len(batch.female) :] = 0
        return {
            "emotion_loss": prototypes.prediction_loss(batch.label, self.score(parameters, near)),
            "reconstruction_loss": prototypes.reconstruction_loss(
                batch.features, near, parameters["prototypes"]
            ),
            "parity_loss": prototypes.parity_loss(paired, women, 1 - women),
        }
