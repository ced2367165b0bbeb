"""FairPer: a detector for each gender's perspective, on the representation of stage 1.

Stage 2 of Chien & Lee (2023). Stage 1's encoder is frozen: its parameters are `networks["stage1"]`,
for which there is no optimiser.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, final, get_args

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.func import grad_and_value

from fairser_core.datasets.emotion import EmotionProblem
from fairser_core.lanes.random_streams import Streams
from fairser_core.losses import losses
from fairser_core.losses.weight_decay import decayed
from fairser_core.methods.checks import (
    require_above,
    require_at_least,
    require_one_of,
    require_share,
)
from fairser_core.methods.emotion_method import Batch, EmotionMethod, Predictions
from fairser_core.methods.method import Descent, Networks
from fairser_core.methods.paper import CHIEN_LEE_2023
from fairser_core.networks.layers import Parameters
from fairser_core.networks.perspectives import Conditioning, Perspectives

TripletAttribute = Literal["aligned", "view"]


class Draws(NamedTuple):
    """Randomness of one step.

    Attributes:
        dropout: see `Perspectives.draws`.
        positive: for each row of either gender another row of the same gender (gender, row).
        negative: for each row of either gender a row of the other gender (gender, row).
    """

    dropout: Tensor
    positive: Tensor
    negative: Tensor


@final
@dataclass(frozen=True, kw_only=True)
class FairPer(EmotionMethod):
    """Method that minimises `L_Per = L2 + λ L_T` (section 2.2.3).

    L2 is the cross-entropy of the detector of each perspective against that gender's perception, a
    mean over all rows of both in which the gender has a consensus. L_T is the triplet loss (see
    `losses.triplet`), which draws the embeddings of one gender's utterances together and those of
    the other's away. The paper gives neither its margin nor the choice of triplets: here each row
    is the anchor of one, with a positive and a negative drawn uniformly. Dropout is for the
    detectors alone.

    The paper also leaves open where the perspectives part and which gender an utterance has in
    L_T. Not every choice asks something of the representation. The attribute `view` never does:
    with `heads` both genders' rows are the same embeddings, which no λ can tell apart; with
    `per_view_fc` and `mask` the gender is an input, and moving the embeddings of one perspective
    away from the other's meets L_T for any utterances.

    Attributes:
        batch: utterances in a step.
        learning_rate: of the Adam of all that is trained.
        patience: epochs without a better validation macro F1 of both perspectives after which a
            lane stops and keeps its best epoch; 0 trains all epochs and keeps the last.
        dropout: share of the embedding's units dropped.
        weight_decay: of all parameters, added to their gradient (L2 regularisation).
        pairs: utterances of either aligned gender in a step.
        lambda_: λ, weight of the triplet loss; 0 equals a training without it. `lambda` in a space.
        margin: of the triplet loss, in the unit of the embedding.
        units: of the embedding.
        head_hidden: units of the hidden layer of the detectors behind it.
        view_conditioning: where the perspectives part; see `Perspectives`.
        triplet_attribute: gender of an utterance in L_T: `aligned`, the gender whose perception
            alone its ground truth is; `view`, the gender whose perspective embeds it.
    """

    papers = (CHIEN_LEE_2023,)
    systems = (("fairper", "FairPer"),)
    weight = "lambda"
    builds_on = "fairrep"
    graded_by_perspectives = True

    batch: int = 32
    learning_rate: float = 1e-3
    patience: int = 0
    dropout: float = 0.2
    weight_decay: float = 1e-3
    pairs: int = 16
    lambda_: float = 0.01
    margin: float = 1.0
    units: int = 64
    head_hidden: int = 64
    view_conditioning: Conditioning = "heads"
    triplet_attribute: TripletAttribute = "aligned"

    def __post_init__(self) -> None:
        require_at_least(2, batch=self.batch)
        require_above(0, learning_rate=self.learning_rate)
        require_at_least(0, patience=self.patience)
        require_share(dropout=self.dropout)
        require_at_least(0, weight_decay=self.weight_decay)
        require_at_least(2, pairs=self.pairs)
        require_at_least(0, lambda_=self.lambda_, margin=self.margin)
        require_at_least(1, units=self.units, head_hidden=self.head_hidden)
        require_one_of(get_args(Conditioning), view_conditioning=self.view_conditioning)
        require_one_of(get_args(TripletAttribute), triplet_attribute=self.triplet_attribute)

    @property
    def extra_pairs(self) -> int:
        """The setting `pairs`."""
        return self.pairs

    def predictor(self, problem: EmotionProblem) -> Perspectives:
        """Return the network that is trained.

        Raises:
            ValueError: the problem has no stage 1.
        """
        if problem.stage1 is None:
            raise ValueError(
                "FairPer learns from the representation of a detector that was trained before, and "
                "there is none; name the sweep that holds it by --stage1"
            )
        return Perspectives(
            features=problem.stage1.latent,
            units=self.units,
            hidden=self.head_hidden,
            dropout=self.dropout,
            conditioning=self.view_conditioning,
        )

    def predict(self, networks: Networks, features: Tensor, problem: EmotionProblem) -> Predictions:
        """Predict the emotion of utterances (utterance, feature).

        The score is stage 1's. The latent representation is the embedding: of both perspectives
        side by side, where they differ.
        """
        assert problem.stage1 is not None
        network, parameters = self.predictor(problem), networks["predictor"]
        score, latent = problem.stage1.detect(networks["stage1"], features)
        embedding = network.embed(parameters, latent)
        female, male = network.classify(parameters, embedding).softmax(dim=-1)[..., 1]
        return Predictions(score, female, male, _side_by_side(embedding))

    def init(self, problem: EmotionProblem, generator: torch.Generator) -> Networks:
        """Draw fresh parameters of the network that is trained; stage 1's are put beside them."""
        return {"predictor": self.predictor(problem).init(generator)}

    def draws(self, problem: EmotionProblem, rows: int, streams: Streams) -> Draws:
        """Draw the dropout of the batch, and the triplets, each from a stream of its own."""
        batch, generator = rows - 2 * self.pairs, streams["debias"]
        each = self.pairs if self.triplet_attribute == "aligned" else 2 * self.pairs
        steps = torch.randint(1, each, (2, each), generator=generator)
        return Draws(
            dropout=self.predictor(problem).draws(batch, streams["dropout"]),
            positive=(torch.arange(each) + steps) % each,
            negative=torch.randint(each, (2, each), generator=generator),
        )

    def learning_rates(self, epoch: int) -> dict[str, float]:
        """Return the one rate, which is constant; stage 1 has none."""
        return {"predictor": self.learning_rate}

    def descents(self) -> Sequence[Descent]:
        """Return the one descent."""
        return (self.gradients,)

    def gradients(
        self, networks: Networks, batch: Batch, draws: Draws, problem: EmotionProblem, epoch: int
    ) -> tuple[Networks, dict[str, Tensor]]:
        """Return the gradient of L_Per with weight decay.

        Terms: `view_loss` (L2, nats) and `triplet_loss` (L_T).
        """
        network, parameters = self.predictor(problem), networks["predictor"]
        # One product of all rows would round the batch's otherwise than one of the batch alone.
        latent = _latent(networks, batch.features, problem)
        paired = _latent(networks, torch.cat([batch.female, batch.male]), problem)

        def objective(parameters: Parameters) -> tuple[Tensor, tuple[Tensor, Tensor]]:
            embedding = network.embed(parameters, latent)
            logits = network.classify(parameters, embedding, draws.dropout)
            view_loss = _view_loss(logits, batch)
            triplet_loss = self._triplet_loss(network.embed(parameters, paired), draws)
            return view_loss + self.lambda_ * triplet_loss, (view_loss, triplet_loss)

        slopes, (_, (view_loss, triplet_loss)) = grad_and_value(objective, has_aux=True)(parameters)
        terms = {"view_loss": view_loss.detach(), "triplet_loss": triplet_loss.detach()}
        return {"predictor": decayed(slopes, parameters, self.weight_decay)}, terms

    def _triplet_loss(self, embedding: Tensor, draws: Draws) -> Tensor:
        """Return L_T of embeddings (perspective, row, unit) of the women's rows, then the men's."""
        if self.triplet_attribute == "aligned":
            groups = _side_by_side(embedding).unflatten(0, (2, self.pairs))
        else:
            groups = embedding.expand(2, -1, -1)
        positive = groups.take_along_dim(draws.positive[..., None], dim=1)
        negative = groups.flip(0).take_along_dim(draws.negative[..., None], dim=1)
        return losses.triplet(
            groups.flatten(0, 1), positive.flatten(0, 1), negative.flatten(0, 1), self.margin
        )


def _latent(networks: Networks, features: Tensor, problem: EmotionProblem) -> Tensor:
    """Return stage 1's representation (row, unit); nothing is dropped, as stage 1 is frozen."""
    assert problem.stage1 is not None
    return problem.stage1.encode(networks["stage1"], features)


def _view_loss(logits: Tensor, batch: Batch) -> Tensor:
    """Return L2 of logits (perspective, row, class)."""
    entropy = F.cross_entropy(logits.movedim(-1, 1), batch.perceived.T.long(), reduction="none")
    return (entropy * batch.consensus.T).sum() / batch.consensus.sum().clamp(min=1)


def _side_by_side(embedding: Tensor) -> Tensor:
    """Return embeddings (perspective, row, unit) as one a row."""
    return embedding.movedim(0, 1).flatten(1)
