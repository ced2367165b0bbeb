"""Learning fair representations: an utterance as how near it is to prototypes (Zemel et al. 2013).

Chien & Lee compare with it under the name LFR.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.func import grad_and_value

from fairser_core.datasets.emotion import EmotionProblem
from fairser_core.lanes.random_streams import Streams
from fairser_core.losses import prototypes
from fairser_core.methods.emotion_method import Answer, Batch
from fairser_core.methods.method import Networks, require
from fairser_core.methods.paired_method import PairedMethod
from fairser_core.networks.networks import Parameters


@dataclass(frozen=True, kw_only=True)
class Lfr(PairedMethod):
    """Minimises `L = A_z L_z + A_x L_x + A_y L_y`; see prototypes.py for the terms.

    L_x and L_y are of the batch. L_z is between utterances whose ground truth is the women's
    perception alone and those where it is the men's, a pair of groups beside each batch. Zemel et
    al. minimise over all data at once with L-BFGS; here Adam takes a step a batch. They may give
    each group its own weights of the features; an utterance to be judged is in no known group, so
    here there is one for all.

    Attributes:
        prototypes: K.
        parity_weight: A_z.
        reconstruction_weight: A_x; of a loss that is summed over features.
        emotion_weight: A_y.
    """

    prototypes: int = 10
    parity_weight: float = 0.1
    reconstruction_weight: float = 0.01
    emotion_weight: float = 1.0
    learning_rate: float = 0.03

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.prototypes >= 2, "prototypes", ">= 2", self.prototypes)
        for name in ("parity_weight", "reconstruction_weight"):
            require(getattr(self, name) >= 0, name, ">= 0", getattr(self, name))
        require(self.emotion_weight > 0, "emotion_weight", "> 0", self.emotion_weight)

    def init(self, problem: EmotionProblem, generator: torch.Generator) -> Networks:
        """Prototypes like normalised utterances, w = 1/2, and α = 1/√features.

        Distances of an utterance to two prototypes then differ by about 2, however many features
        there are: it belongs to more than one, but not to all alike.
        """
        features = problem.features
        return {
            "predictor": {
                "prototypes": torch.randn(self.prototypes, features, generator=generator),
                "log_scale": torch.full((features,), features**-0.5).log(),
                "logits": torch.zeros(self.prototypes),
            }
        }

    def noise(self, problem: EmotionProblem, rows: int, streams: Streams) -> tuple[()]:
        """Nothing is left to chance in a step."""
        return ()

    def learning_rates(self, epoch: int) -> dict[str, float]:
        """One constant rate."""
        return {"predictor": self.learning_rate}

    def memberships(self, parameters: Parameters, features: Tensor) -> Tensor:
        """M (utterance, prototype) of features (utterance, feature); α is positive as exp."""
        return prototypes.prototype_memberships(
            features, parameters["prototypes"], parameters["log_scale"].exp()
        )

    def score(self, parameters: Parameters, memberships: Tensor) -> Tensor:
        """ŷ (utterance,) of M (utterance, prototype); w is in 0..1 as a sigmoid."""
        return prototypes.predict(memberships, parameters["logits"].sigmoid())

    def answer(self, networks: Networks, features: Tensor, problem: EmotionProblem) -> Answer:
        """ŷ, from every perspective the same; M is the latent representation."""
        latent = self.memberships(networks["predictor"], features)
        score = self.score(networks["predictor"], latent)
        return Answer(score, score, score, latent)

    def gradients(
        self,
        networks: Networks,
        batch: Batch,
        noise: tuple[()],
        problem: EmotionProblem,
        epoch: int,
    ) -> tuple[Networks, dict[str, Tensor]]:
        """Gradient of L.

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
        """L_y, L_x and L_z by their names in a report."""
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
