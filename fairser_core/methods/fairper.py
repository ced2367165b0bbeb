"""Stage 2 of Chien & Lee: detectors that take either gender's perspective on a fair representation.

Stage 1's encoder is not trained on: it is in `networks["stage1"]`, for which there is no optimiser.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.func import grad_and_value

from fairser_core.datasets.emotion import EmotionProblem
from fairser_core.lanes.random_streams import Streams
from fairser_core.losses import losses
from fairser_core.methods.emotion_method import Answer, Batch
from fairser_core.methods.method import Networks, require
from fairser_core.methods.paired_method import PairedMethod
from fairser_core.methods.regularised_method import RegularisedMethod
from fairser_core.networks.networks import Parameters
from fairser_core.networks.perspectives import Conditioning, Perspectives


class Noise(NamedTuple):
    """The chance of a step.

    Attributes:
        dropout: see `Perspectives.noise`.
        positive: for each row of either gender another of the same (gender, row).
        negative: for each row of either gender one of the other (gender, row).
    """

    dropout: Tensor
    positive: Tensor
    negative: Tensor


@dataclass(frozen=True, kw_only=True)
class FairPer(PairedMethod, RegularisedMethod):
    """Minimises `L_Per = L2 + λ L_T` (section 2.2.3).

    L2 is the cross-entropy of each view's detector against what that gender hears, a mean over all
    rows of both views in which the gender has a consensus. L_T is the triplet loss (see
    `losses.triplet`), which draws the embeddings of one gender's utterances together and those of
    the other's away; the paper gives neither its margin nor how triplets are found: here each row
    is the anchor of one, with a positive and a negative drawn uniformly. Dropout is for the
    detectors alone.

    Where the views part and which gender an utterance has in L_T, the paper leaves open too; not
    every choice asks something of the representation. The attribute `view` never does: with `heads`
    both genders' rows are the same embeddings, which no λ can tell apart; with `per_view_fc` and
    `mask` the gender is an input, and L_T is met by moving one view's embeddings away from the
    other's, whatever is said.

    Attributes:
        lambda_: λ, weight of the triplet loss; 0 equals a training without it. `lambda` in a space.
        margin: of the triplet loss, in the unit of the embedding.
        units: of the embedding.
        head_hidden: units of the hidden layer of the detectors behind it.
        view_conditioning: where the views part; see `Perspectives`.
        triplet_attribute: an utterance's gender in L_T: `aligned`, the one whose perception alone
            its ground truth is; or `view`, the one with whose ears it is heard.
    """

    lambda_: float = 0.01
    margin: float = 1.0
    units: int = 64
    head_hidden: int = 64
    view_conditioning: Conditioning = "heads"
    triplet_attribute: Literal["aligned", "view"] = "aligned"

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.lambda_ >= 0, "lambda", ">= 0", self.lambda_)
        require(self.margin >= 0, "margin", ">= 0", self.margin)
        self.at_least_one("units", "head_hidden")
        self.one_of("view_conditioning", ("heads", "per_view_fc", "mask"))
        self.one_of("triplet_attribute", ("aligned", "view"))

    @property
    def graded_by_views(self) -> bool:
        """What the genders hear is what is learned."""
        return True

    def network(self, problem: EmotionProblem) -> Perspectives:
        """The network that is trained.

        Raises:
            ValueError: there is no stage 1.
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

    def init(self, problem: EmotionProblem, generator: torch.Generator) -> Networks:
        """Fresh parameters of what is trained; stage 1's are put beside them."""
        return {"predictor": self.network(problem).init(generator)}

    def noise(self, problem: EmotionProblem, rows: int, streams: Streams) -> Noise:
        """Dropout of the batch, and the triplets, by a generator each."""
        batch, generator = rows - 2 * self.pairs, streams["debias"]
        each = self.pairs if self.triplet_attribute == "aligned" else 2 * self.pairs
        steps = torch.randint(1, each, (2, each), generator=generator)
        return Noise(
            dropout=self.network(problem).noise(batch, streams["dropout"]),
            positive=(torch.arange(each) + steps) % each,
            negative=torch.randint(each, (2, each), generator=generator),
        )

    def learning_rates(self, epoch: int) -> dict[str, float]:
        """One constant rate; none for stage 1."""
        return {"predictor": self.learning_rate}

    def gradients(
        self, networks: Networks, batch: Batch, noise: Noise, problem: EmotionProblem, epoch: int
    ) -> tuple[Networks, dict[str, Tensor]]:
        """Gradient of `L_Per`, and weight decay; terms: `view_loss` (L2, nats), `triplet_loss`."""
        network, parameters = self.network(problem), networks["predictor"]
        # One product of all rows would round the batch's otherwise than one of the batch alone.
        latent = _latent(networks, batch.features, problem)
        paired = _latent(networks, torch.cat([batch.female, batch.male]), problem)

        def objective(parameters: Parameters) -> tuple[Tensor, tuple[Tensor, Tensor]]:
            embedding = network.embed(parameters, latent)
            logits = network.classify(parameters, embedding, noise.dropout)
            view_loss = _view_loss(logits, batch)
            triplet_loss = self._triplet_loss(network.embed(parameters, paired), noise)
            return view_loss + self.lambda_ * triplet_loss, (view_loss, triplet_loss)

        slopes, (_, (view_loss, triplet_loss)) = grad_and_value(objective, has_aux=True)(parameters)
        terms = {"view_loss": view_loss.detach(), "triplet_loss": triplet_loss.detach()}
        return {"predictor": self.decayed(slopes, parameters)}, terms

    def _triplet_loss(self, embedding: Tensor, noise: Noise) -> Tensor:
        """L_T of embeddings (view, row, unit): first of the women's rows, then of the men's."""
        if self.triplet_attribute == "aligned":
            groups = _side_by_side(embedding).unflatten(0, (2, self.pairs))
        else:
            groups = embedding.expand(2, -1, -1)
        positive = groups.take_along_dim(noise.positive[..., None], dim=1)
        negative = groups.flip(0).take_along_dim(noise.negative[..., None], dim=1)
        return losses.triplet(
            groups.flatten(0, 1), positive.flatten(0, 1), negative.flatten(0, 1), self.margin
        )

    def answer(self, networks: Networks, features: Tensor, problem: EmotionProblem) -> Answer:
        """Stage 1's own score, each view's, and the embedding: of both views, where they differ."""
        network, parameters = self.network(problem), networks["predictor"]
        latent = _latent(networks, features, problem)
        embedding = network.embed(parameters, latent)
        assert problem.stage1 is not None
        plain = problem.stage1.classify(networks["stage1"], latent)
        score = plain.softmax(dim=-1)[:, 1]
        female, male = network.classify(parameters, embedding).softmax(dim=-1)[..., 1]
        return Answer(score, female, male, _side_by_side(embedding))


def _latent(networks: Networks, features: Tensor, problem: EmotionProblem) -> Tensor:
    """Stage 1's representation (row, unit); nothing is dropped, as it is not trained."""
    assert problem.stage1 is not None
    return problem.stage1.encode(networks["stage1"], features)


def _view_loss(logits: Tensor, batch: Batch) -> Tensor:
    """L2 of logits (view, row, class)."""
    entropy = F.cross_entropy(logits.movedim(-1, 1), batch.heard.T.long(), reduction="none")
    return (entropy * batch.known.T).sum() / batch.known.sum().clamp(min=1)


def _side_by_side(embedding: Tensor) -> Tensor:
    """Embeddings (view, row, unit) as one a row."""
    return embedding.movedim(0, 1).flatten(1)
