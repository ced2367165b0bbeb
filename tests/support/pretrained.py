"""Pretrained vq-wav2vec of the published shape with random weights, and fairseq's own reader."""

import argparse
import functools
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from fairser_core.features.vq_wav2vec import quiet_fairseq

needs_fairseq = pytest.mark.skipif(find_spec("fairseq") is None, reason="fairseq is not installed")
METERS = ("AverageMeter", "TimeMeter", "StopwatchMeter")
FEATURE_LAYERS = "[(512, 10, 5), (512, 8, 4)" + ", (512, 4, 2)" * 3 + ", (512, 1, 1)" * 3 + "]"
AGGREGATOR_LAYERS = f"[{', '.join(f'(512, {kernel}, 1)' for kernel in range(2, 14))}]"
PUBLISHED = {  # the command in fairseq's examples/wav2vec/README.md, and defaults of other flags
    "arch": "wav2vec",
    "task": "audio_pretraining",
    "criterion": "binary_cross_entropy",  # its name in 2019
    "data": "/manifest/path",
    "conv_feature_layers": FEATURE_LAYERS,
    "conv_aggregator_layers": AGGREGATOR_LAYERS,
    "activation": "gelu",
    "aggregator": "cnn",
    "gru_dim": 512,
    "offset": "auto",
    "no_conv_bias": False,
    "agg_zero_pad": False,
    "skip_connections_feat": False,
    "skip_connections_agg": True,
    "residual_scale": 0.5,
    "log_compression": False,
    "non_affine_group_norm": False,
    "project_features": "none",
    "balanced_classes": False,
    "dropout": 0.0,
    "dropout_features": 0.0,
    "dropout_agg": 0.0,
    "vq_type": "gumbel",
    "vq_groups": 2,
    "vq_vars": 320,
    "vq_dim": 0,
    "vq_depth": 2,
    "combine_groups": True,
    "vq_temp": "(2,0.5,0.999995)",
    "vq_gamma": 0.25,
    "prediction_steps": 12,
    "num_negatives": 10,
    "cross_sample_negatives": 0,
    "sample_distance": None,
    "infonce": False,
    "log_keys": ["prob_perplexity", "code_perplexity", "temp"],
    "optimizer": "adam",
    "lr": [1e-05],
    "lr_scheduler": "cosine",
    "fp16": True,
    "max_sample_size": 150000,
    "seed": 2,
}


NARROW = {  # the published kernels and strides with few channels
    "conv_feature_layers": FEATURE_LAYERS.replace("512", "16"),
    "conv_aggregator_layers": AGGREGATOR_LAYERS.replace("512", "16"),
    "vq_vars": 8,
}
SMALL = {  # where the published shape does not matter
    "conv_feature_layers": "[(16, 10, 5), (16, 8, 4)]",
    "conv_aggregator_layers": "[(16, 2, 1)] + [(16, 3, 1)] * 2",
    "vq_vars": 8,
}


distributions = functools.cache(packages_distributions)
"""Installed packages by module; the look-up takes half a second."""


def network(args: argparse.Namespace) -> Any:
    """fairseq's network of these settings, with random weights."""
    with quiet_fairseq():
        from fairseq import tasks
        from fairseq.dataclass.utils import convert_namespace_to_omegaconf

        cfg = convert_namespace_to_omegaconf(args)
        torch.manual_seed(0)
        return tasks.setup_task(cfg.task).build_model(cfg.model)


def published(path: Path, *, half: bool = True, legacy: bool = True, **changes: Any) -> Path:
    """Save a pretrained model in the published form.

    By default weights have half precision, as after training with --fp16, in the file format of
    2019's torch.
    """
    args = argparse.Namespace(**{**PUBLISHED, **changes})
    model = network(argparse.Namespace(**{**vars(args), "criterion": "wav2vec"}))  # as it is now
    from fairseq import meters

    content = {
        "args": args,
        "model": (model.half() if half else model).state_dict(),
        "optimizer_history": [
            {
                "criterion_name": "BinaryCrossEntropyCriterion",
                "optimizer_name": "MemoryEfficientFP16Optimizer",
                "lr_scheduler_state": {"best": 1.0},
                "num_updates": 400000,
            }
        ],
        "extra_state": {
            "train_iterator": {"epoch": 1, "iterations_in_epoch": 0},
            "val_loss": 1.0,
            "train_meters": {name: getattr(meters, name)() for name in METERS},
        },
        "last_optimizer_state": {"state": {}, "param_groups": []},
    }
    with pytest.MonkeyPatch.context() as patch:
        for name in METERS:  # where they stood in 2019
            patch.setattr(getattr(meters, name), "__module__", "fairseq.meters")
        torch.save(content, path, _use_new_zipfile_serialization=not legacy)
    return path


def allowed() -> list[Any]:
    """Return the classes that fairseq's loader must be allowed to read."""
    from fairseq import meters

    return [
        argparse.Namespace,
        *((getattr(meters, name), f"fairseq.meters.{name}") for name in METERS),
    ]


def directly(path: Path, waveforms: list[Tensor]) -> list[dict[str, Tensor]]:
    """Return z, q and c (channel, frame) of each waveform (sample,), by fairseq's loader."""
    with quiet_fairseq(), torch.no_grad(), torch.serialization.safe_globals(allowed()):
        from fairseq import checkpoint_utils

        (model,), _, _ = checkpoint_utils.load_model_ensemble_and_task([str(path)])
        model.eval()
        layers = []
        for waveform in waveforms:
            z = model.feature_extractor(waveform[None])
            q, _ = model.vector_quantizer.forward_idx(z)
            layers.append({"z": z[0], "q": q[0], "c": model.feature_aggregator(q)[0]})
    return layers
