#!/usr/bin/env python3
"""Prints the AdamW values that tests/baker/bake_test.cpp expects: three steps of torch.optim.AdamW in double precision,
with gradients clipped by torch.nn.utils.clip_grad_norm_ to norm 1."""
import torch

p = torch.nn.Parameter(torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64))
for decay in (0.0, 0.1):
    p.data = torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64)
    opt = torch.optim.AdamW([p], lr=0.1, betas=(0.9, 0.95), eps=1e-8, weight_decay=decay)
    for g in ([3.0, -4.0, 0.0], [0.1, 0.2, 0.3], [-0.5, 0.0, 0.25]):
        p.grad = torch.tensor(g, dtype=torch.float64)
        torch.nn.utils.clip_grad_norm_([p], 1.0)
        opt.step()
    print(decay, [f"{x:.9f}" for x in p.tolist()])
