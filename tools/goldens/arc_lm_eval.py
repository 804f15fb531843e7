#!/usr/bin/env python3
"""What lm-evaluation-harness measured on ARC-Challenge, for tests/choice_suite_test.cpp.

    arc_lm_eval.py SAMPLES.jsonl RESULTS.json > tests/golden/arc_lm_eval.json

Both files are written by lm_eval 0.4.13 for 60 rows of ARC-Challenge (rows 100 to 159 of its test set) and the first five
rows as examples:

    lm_eval run --model hf --model_args pretrained=HF_FOLDER,dtype=float32 --tasks arc_local --include_path . \\
        --num_fewshot 5 --batch_size 8 --device cpu --output_path OUT --log_samples

with doc_to_text "Question: {{question}}\\nAnswer:", doc_to_choice "{{choices.text}}" and fewshot_config {sampler: first_n}.
HF_FOLDER is what convert_model.py makes of the default model. Contexts and choices are kept as SHA-256, so that nothing of the
set is copied; the log-probabilities as they were logged, in nats.
"""
import hashlib
import json
import sys


def sha256(text):
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


items = []
for line in open(sys.argv[1], encoding="utf-8"):
    row = json.loads(line)
    arguments = [row["arguments"][key] for key in sorted(row["arguments"], key=lambda k: int(k.rsplit("_", 1)[1]))]
    contexts = {argument["arg_0"] for argument in arguments}
    assert len(contexts) == 1
    items.append(
        {
            "id": row["doc"]["id"],
            "context_sha256": sha256(contexts.pop()),
            "choices_sha256": sha256("".join(argument["arg_1"] + "\n" for argument in arguments)),
            "logprobs": [float(response[0]) for response in row["filtered_resps"]],
            "acc": row["acc"],
            "acc_norm": row["acc_norm"],
        }
    )
results = json.load(open(sys.argv[2], encoding="utf-8"))
(task,) = results["results"].values()
summary = {name: task[name + ",none"] for name in ("acc", "acc_stderr", "acc_norm", "acc_norm_stderr")}
print(json.dumps({"lm_eval": results["lm_eval_version"], "summary": summary})[:-1] + ', "items": [')
print(",\n".join(json.dumps(item) for item in items))
print("]}")
