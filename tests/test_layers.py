from __future__ import annotations

import pytest
import torch
from torch import nn
from transformers import BertConfig, BertForSequenceClassification

from rheostat import freeze_until, layer_groups, layer_names


def bert() -> nn.Module:
    config = BertConfig(
        vocab_size=16, hidden_size=8, num_hidden_layers=3, num_attention_heads=2, intermediate_size=8
    )
    return BertForSequenceClassification(config)


def test_the_layers_of_a_transformer_are_found_in_order() -> None:
    stack = [f"bert.encoder.layer.{i}" for i in range(3)]
    assert layer_names(bert()) == ("bert.embeddings", *stack, "bert.pooler", "classifier")


def test_each_layer_has_a_part_of_the_next_ones_lr_and_every_parameter_is_in_once() -> None:
    model = bert()
    groups = layer_groups(model, 1e-3, decay=0.5)
    assert [g["lr"] for g in groups] == pytest.approx([1e-3 * 0.5**k for k in (5, 4, 3, 2, 1, 0)])
    held = [p for g in groups for p in g["params"]]
    assert len(held) == len(set(map(id, held))) == len(list(model.parameters()))
    assert torch.optim.AdamW(groups).param_groups[0]["name"] == "bert.embeddings"


def test_layers_may_be_named_and_none_may_be_forgotten() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 2))
    assert [g["name"] for g in layer_groups(model, 0.1)] == ["0", "2"]
    model[0].requires_grad_(False)
    assert [g["name"] for g in layer_groups(model, 0.1)] == ["2"]
    model[0].requires_grad_(True)
    with pytest.raises(ValueError, match=r"2 parameters belong to no layer, such as '0.weight'"):
        layer_groups(model, 0.1, layers=["2"])
    with pytest.raises(ValueError, match="decay in"):
        layer_groups(model, 0.1, decay=0.0)


def test_a_frozen_group_does_not_move_at_all_until_its_step() -> None:
    torch.manual_seed(0)
    first = nn.Linear(2, 4)
    model = nn.Sequential(first, nn.Tanh(), nn.Linear(4, 1))
    optimizer = torch.optim.AdamW(layer_groups(model, 0.1), weight_decay=0.1)
    freeze_until(optimizer, {"0": 3})
    optimizer.register_step_post_hook(lambda *_: None)
    start = first.weight.detach().clone()
    moved = []
    for _ in range(5):
        optimizer.zero_grad()
        model(torch.ones(1, 2)).sum().backward()
        optimizer.step()
        moved.append(not torch.equal(first.weight, start))
    assert moved == [False, False, False, True, True]
    with pytest.raises(ValueError, match="no param group 'head'; there are 0, 2"):
        freeze_until(optimizer, {"head": 3})
