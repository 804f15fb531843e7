// An adapter's description as a record.
#include "harness/core/adapter_tools.h"

#include <algorithm>

namespace bakeoff {

OrderedJson to_json(const AdapterCard& card) {
  OrderedJson modules = OrderedJson::array();
  std::int64_t least = 0, most = 0;
  double squares = 0;
  for (const AdapterModule& module : card.modules) {
    least = modules.empty() ? module.rank : std::min(least, module.rank);
    most = std::max(most, module.rank);
    squares += module.norm * module.norm;
    modules.push_back({{"module", module.name},
                       {"rank", module.rank},
                       {"alpha", module.scale * static_cast<double>(module.rank)},
                       {"scale", module.scale},
                       {"norm", module.norm}});
  }
  return {{"folder", card.folder.string()},
          {"adapter", card.digest},
          {"base", card.base},
          {"rank", {least, most}},
          {"dora", card.dora},
          {"tensors", card.tensors},
          {"parameters", card.parameters},
          {"squared_norm", squares},
          {"modules", std::move(modules)},
          {"whole", card.whole},
          {"bakeoff", card.record.is_null() ? OrderedJson() : OrderedJson::parse(dump(card.record))}};
}

}  // namespace bakeoff
