// The program as a child process, in a folder of its own. Models are played by the scripted module
// (tests/scripted/module.cpp), so that none of this needs LibTorch or weights.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include <sys/wait.h>

#include "harness/core/json.h"
#include "tests/catch.h"
#include "tests/support.h"
#include "tests/workshop.h"

namespace bakeoff::testing {

inline const std::string kProgram = built_path("bin/bakeoff");
inline const std::string kModule = built_path("lib/libbakeoff_scripted_module.so");

struct Outcome {
  int status = -1;
  std::string out, err;

  std::vector<Json> rows() const {
    std::vector<Json> parsed;
    std::string rest = out;
    for (std::size_t end; (end = rest.find('\n')) != rest.npos; rest.erase(0, end + 1))
      parsed.push_back(parse_json(rest.substr(0, end), "output").value());
    return parsed;
  }
};

/// A folder to run the program in.
class Bench {
 public:
  std::string module = kModule;
  std::string before;  ///< words before the program, such as "bash talk.sh"

  Outcome run(const std::string& arguments, const std::string& input = "") const {
    write("in", input);
    const std::string command = "cd '" + folder_.path().string() + "' && BAKEOFF_HOME=home BAKEOFF_MODULE='" + module +
                                "' " + before + " '" + kProgram + "' " + arguments + " <in >out 2>err";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read("out"), read("err")};
  }
  void write(const std::string& name, const std::string& content) const {
    REQUIRE(write_file_atomically(folder_ / name, content).ok());
  }
  std::string read(const std::string& name) const { return read_file(folder_ / name).value(); }
  Path path(const std::string& name) const { return folder_ / name; }
  bool has(const std::string& name) const { return std::filesystem::exists(folder_ / name); }

 private:
  TemporaryFolder folder_;
};

inline bool is_one_line(const std::string& text) {
  return text.starts_with("bakeoff: ") && std::count(text.begin(), text.end(), '\n') == 1 && text.ends_with('\n');
}

}  // namespace bakeoff::testing
