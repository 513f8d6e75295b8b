"""Low-rank adapters on a pretrained encoder while it is trained; afterwards the network is as plain as before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn

from nlpref.errors import InputError, MissingResourceError
from nlpref.neural.settings import Lora

__all__ = ["adapted"]

NAME = "default"


@contextmanager
def adapted(backbone: nn.Module, lora: Lora | None) -> Iterator[None]:
    """Inside the block, adapters are all that learns of a backbone; at its end they are merged into the weights.

    So whoever saves, loads, exports or accelerates the network need not know of them. If the block fails, the adapters stay.

    Args:
        backbone: Changed in place; linear layers are replaced and come back.
        lora: Where adapters go, and their size; None leaves everything as it is.

    Raises:
        InputError: if the backbone has no linear layer of a name.
        MissingResourceError: if peft is not installed.
    """
    if lora is None:
        yield
        return
    try:
        from peft import LoraConfig, LoraModel
    except ImportError as error:
        raise MissingResourceError("lora needs peft: pip install nlpref[lora]") from error
    _check_targets(backbone, lora)
    config = LoraConfig(
        r=lora.rank, lora_alpha=lora.alpha, lora_dropout=lora.dropout, target_modules=list(lora.targets), bias="none"
    )
    tuner = LoraModel(backbone, config, NAME)
    yield
    tuner.merge_and_unload()
    backbone.requires_grad_(True)


def _check_targets(backbone: nn.Module, lora: Lora) -> None:
    linear = [name for name, module in backbone.named_modules() if isinstance(module, nn.Linear)]
    for target in lora.targets:
        if not any(name == target or name.endswith(f".{target}") for name in linear):
            known = sorted({name.rpartition(".")[2] for name in linear})
            raise InputError(f"lora: the model has no linear layer {target!r}; it has {', '.join(map(repr, known))}")
