// The dynamic values of a template. They are immutable and shared, so copying is cheap; what can change while a
// template runs (namespaces, loops, generators) is an Object, owned by the Runtime of that rendering.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace bakeoff::jinja {

/// Raised inside the template reader only; Template::parse and Template::render turn it into an Error.
struct Failure {
  std::string what;
  int line = 0;  ///< 0: the line that the runtime is at
};

class Value;
class Object;
struct ListData;
struct MapData;
using Values = std::vector<Value>;
using Entries = std::vector<std::pair<Value, Value>>;

/// Python's sequences and views; they differ in how they print, compare and become JSON.
enum class Sequence { list, tuple, range, keys, values, items };

/// Nesting of lists and maps deeper than this is an error, which bounds every recursion over values.
inline constexpr int kMaxNesting = 520;

class Value {
 public:
  struct Undefined {
    std::shared_ptr<const std::string> why;
  };
  struct None {};
  struct Text {
    std::shared_ptr<const std::string> data;
    bool safe = false;  ///< marked by the filter `safe`: `+` then escapes what is not
  };
  enum class Kind { undefined, none, boolean, integer, real, text, list, map, object };

  Value() = default;
  static Value undefined(std::string why);
  static Value none() { return Value(None{}); }
  static Value boolean(bool value) { return Value(value); }
  static Value integer(std::int64_t value) { return Value(value); }
  static Value real(double value) { return Value(value); }
  static Value text(std::string value, bool safe = false);
  static Value list(Values items, Sequence sequence = Sequence::list);
  /// What groupby gives for one key.
  static Value group(Value key, Values items);
  /// Keys are distinct: see MapBuilder.
  static Value map(Entries entries);
  static Value object(Object& value) { return Value(&value); }

  Kind kind() const { return static_cast<Kind>(state_.index()); }
  bool is(Kind kind_asked) const { return kind() == kind_asked; }
  bool is_undefined() const { return is(Kind::undefined); }
  bool is_none() const { return is(Kind::none); }
  bool is_text() const { return is(Kind::text); }
  bool is_list() const { return is(Kind::list); }
  bool is_map() const { return is(Kind::map); }
  /// bool and int: Python's bool is an int.
  bool is_whole() const { return is(Kind::integer) || is(Kind::boolean); }
  bool is_number() const { return is_whole() || is(Kind::real); }

  bool as_boolean() const { return std::get<bool>(state_); }
  std::int64_t as_whole() const { return is(Kind::boolean) ? (as_boolean() ? 1 : 0) : std::get<std::int64_t>(state_); }
  double as_real() const { return is(Kind::real) ? std::get<double>(state_) : static_cast<double>(as_whole()); }
  const std::string& as_text() const { return *std::get<Text>(state_).data; }
  bool is_safe() const { return is_text() && std::get<Text>(state_).safe; }
  const ListData& as_list() const { return *std::get<std::shared_ptr<const ListData>>(state_); }
  const MapData& as_map() const { return *std::get<std::shared_ptr<const MapData>>(state_); }
  Object& as_object() const { return *std::get<Object*>(state_); }
  /// The object if it is one of class T.
  template <class T>
  T* as() const {
    return is(Kind::object) ? dynamic_cast<T*>(&as_object()) : nullptr;
  }
  /// Why a lookup gave nothing: "'x' is undefined".
  std::string why_undefined() const;
  int nesting() const;

 private:
  using State = std::variant<Undefined, None, bool, std::int64_t, double, Text, std::shared_ptr<const ListData>,
                             std::shared_ptr<const MapData>, Object*>;
  explicit Value(State state) : state_(std::move(state)) {}
  State state_;
};

struct ListData {
  Values items;
  Sequence sequence = Sequence::list;
  bool is_group = false;  ///< a tuple of groupby, whose parts are also called `grouper` and `list`
  int nesting = 1;
};

struct MapData {
  Entries entries;  ///< in order of insertion
  int nesting = 1;
  const Value* find(const Value& key) const;
  const Value* find(const std::string& key) const;
};

/// True for equal keys of a map: Python holds 1, 1.0 and True for the same key.
bool same_key(const Value& a, const Value& b);
/// Python's name of the type, for messages: "str", "dict", ...
const char* type_name(const Value& value);
/// Python's truth value: empty texts, lists, maps, zero, none and undefined are false.
bool truthy(const Value& value);

class Runtime;

/// What a call was given.
struct Arguments {
  Values positional;
  std::vector<std::pair<std::string, Value>> named;
};

/// A thing with identity. Owned by the Runtime; values point to it.
class Object {
 public:
  Object() = default;
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  virtual ~Object() = default;
  virtual const char* name() const = 0;
  virtual bool callable() const { return false; }
  virtual Value call(Runtime& runtime, const Arguments& arguments);
  virtual std::optional<Value> attribute(Runtime& runtime, const std::string& key);
};

/// `namespace(...)`: the only thing whose attributes a template can set.
class Namespace : public Object {
 public:
  const char* name() const override { return "Namespace"; }
  std::optional<Value> attribute(Runtime& runtime, const std::string& key) override;
  void set(const std::string& key, Value value);

 private:
  std::vector<std::pair<std::string, Value>> attributes_;
};

/// What filters such as map and selectattr give: can be read once, has no length and no JSON form, is always true. Its
/// items are made when the first one is asked for: a generator that nobody reads fails on nothing, as in Python.
class Generator : public Object {
 public:
  explicit Generator(std::function<Values()> make) : make_(std::move(make)) {}
  const char* name() const override { return "generator"; }
  std::optional<Value> next();
  Values rest();

 private:
  void make_once();
  std::function<Values()> make_;  ///< empty once it has run
  Values items_;
  std::size_t at_ = 0;
};

}  // namespace bakeoff::jinja
