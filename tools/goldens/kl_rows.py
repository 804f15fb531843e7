#!/usr/bin/env python3
"""Expected values for tests/baker/kl_test.cpp: KL by scipy's rel_entr, its gradient by torch's autograd in float64.

    kl_rows.py > tests/golden/kl_rows.json
"""
import json

import torch
from scipy.special import rel_entr, softmax

torch.manual_seed(7)
rows = []
for spread in (0.1, 1.0, 8.0, 40.0):
    teacher = (spread * torch.randn(11)).float()
    student = (teacher + 0.5 * spread * torch.randn(11)).float()
    free = student.double().requires_grad_()
    log_p, log_q = torch.log_softmax(teacher.double(), -1), torch.log_softmax(free, -1)
    torch.nn.functional.kl_div(log_q, log_p, log_target=True, reduction="sum").backward()
    kl = rel_entr(softmax(teacher.double().numpy()), softmax(student.double().numpy())).sum()
    rows.append({"teacher": teacher.tolist(), "student": student.tolist(), "kl_nats": float(kl), "gradient": free.grad.tolist()})
print(json.dumps(rows, indent=1))
