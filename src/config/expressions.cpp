// Expressions and variables in the configuration.
#include "config/parts.h"

namespace firstring::config {

using expression::Kept;
using expression::Type;

std::optional<expression::Program> read_expression(const config::Value& value,
                                                   const expression::Schema& names,
                                                   std::optional<Type> wanted) {
  const std::string source = value.required_text("an expression such as call.value > 100");
  if (source.empty()) return std::nullopt;
  auto compiled = expression::compile(source, names, wanted);
  if (const auto* problem = std::get_if<expression::Problem>(&compiled)) {
    value.complain_within(problem->column, problem->found, problem->expected);
    return std::nullopt;
  }
  return std::get<expression::Program>(std::move(compiled));
}

std::optional<Type> read_type(const config::Value& value) {
  const std::string name = value.required_text("text, number, yes_no or duration");
  if (name == "text") return Type::text;
  if (name == "number") return Type::number;
  if (name == "yes_no") return Type::boolean;
  if (name == "duration") return Type::duration;
  if (!name.empty()) value.complain("text, number, yes_no or duration");
  return std::nullopt;
}

Kept read_plain_value(const config::Value& value) {
  const std::string text = value.text();
  if (!value.is_quoted()) {
    const auto compiled = expression::compile(text, {});
    if (const auto* program = std::get_if<expression::Program>(&compiled)) {
      expression::Scratch scratch;
      return Kept(program->evaluate({}, scratch).value);
    }
  }
  return Kept(expression::Value::of(text));
}

void read_variables(const config::Value& value, flow::Configuration& out) {
  value.each_member([&](const std::string& name, const config::Value& entry) {
    if (!expression::is_name(name) || name.find('.') != std::string::npos) {
      return entry.complain("the variable \"" + name + "\"",
                            "small letters, digits and _, beginning with a letter; no word of the "
                            "language such as and, or, not");
    }
    if (out.variables.size() >= flow::k_variables_max) {
      return entry.complain("one variable too many", "at most 64 variables");
    }
    flow::Variable variable{.name = name};
    if (entry.is_map()) {
      entry.allow({"start", "secret"});
      variable.start = read_plain_value(entry.member("start"));
      variable.secret = entry.member("secret").boolean(false);
    } else {
      variable.start = read_plain_value(entry);
    }
    out.variables.push_back(std::move(variable));
  });
}

}  // namespace firstring::config
