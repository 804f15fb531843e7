"""Expected values for tests/ranking_test.cpp from arena-rank on QLoRA's public votes:
python tools/goldens/ranking.py VOTES.csv > tests/golden/ranking.json

VOTES.csv is qlora_pairwise/votes.csv of the public test data. Needs numpy, pandas, arena-rank. Rows whose judgment could
not be read ("unparsed") are left out.
"""
import json
import sys

import numpy as np
import pandas as pd
from arena_rank.models.bradley_terry import BradleyTerry
from arena_rank.utils.data_utils import PairDataset

frame = pd.read_csv(sys.argv[1])
frame = frame[frame["winner"] != "unparsed"]
data = PairDataset.from_pandas(frame)
model = BradleyTerry(len(data.competitors), hessian_reg=1e-7, gtol=1e-12, ftol=1e-16)
result = model.compute_ratings_and_cis(data)
columns = [np.asarray(result[key]) for key in ("ratings", "rating_lower", "rating_upper")]
out = {name: [float(column[i]) for column in columns] for i, name in enumerate(data.competitors)}
print(json.dumps({"votes": len(frame), "ratings": out}, indent=1))
