// Boost.Process v2: it closes what the child need not have, and waits for it.
#include "tools/process.h"

#include <boost/asio/io_context.hpp>
#include <boost/process/v2/environment.hpp>
#include <boost/process/v2/process.hpp>
#include <boost/process/v2/stdio.hpp>

namespace bakeoff::tools {

namespace process = boost::process::v2;

Result<int> run_process(const std::vector<std::string>& words) {
  const auto program = process::environment::find_executable(words[0]);
  if (program.empty()) return infrastructure_error("is not installed", words[0], "install it, or put it in PATH");
  try {
    boost::asio::io_context context;
    const std::vector<std::string> arguments(words.begin() + 1, words.end());
    process::process child(context, program, arguments, process::process_stdio{nullptr, nullptr, {}});
    return child.wait();
  } catch (const boost::system::system_error& problem) {
    return infrastructure_error(std::string("could not be run: ") + problem.what(), words[0]);
  }
}

}  // namespace bakeoff::tools
