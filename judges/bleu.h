// How alike two lists of words are: BLEU of one sentence against one reference (Papineni et al. 2002) over one to four
// words, with smoothing 4 of Chen and Cherry 2014, as NLTK 3.10 computes it (nltk/translate/bleu_score.py, method4).
#pragma once

#include <string>
#include <vector>

namespace bakeoff::judges {

/// In [0, 1]; 0 where no word is shared.
double smoothed_bleu(const std::vector<std::string>& reference, const std::vector<std::string>& candidate);

}  // namespace bakeoff::judges
