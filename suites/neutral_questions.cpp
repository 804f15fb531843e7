#include "suites/neutral_questions.h"

namespace bakeoff::suites {

namespace {

struct Question {
  const char* id;
  const char* text;
  std::vector<const char*> answers;  ///< any of them, as a word
};

const Question kQuestions[] = {
    {"france", "What is the capital of France?", {"Paris"}},
    {"japan", "What is the capital of Japan?", {"Tokyo"}},
    {"germany", "What is the capital of Germany?", {"Berlin"}},
    {"spain", "What is the capital of Spain?", {"Madrid"}},
    {"egypt", "On which continent is Egypt?", {"Africa", "African"}},
    {"brazil", "Which language do most people in Brazil speak?", {"Portuguese"}},
    {"sky", "What color is the sky on a clear day?", {"blue"}},
    {"grass", "What color is grass?", {"green"}},
    {"snow", "What color is snow?", {"white"}},
    {"legs", "How many legs does a spider have?", {"eight", "8"}},
    {"week", "How many days are in a week?", {"seven", "7"}},
    {"year", "How many months are in a year?", {"twelve", "12"}},
    {"water", "At what temperature in degrees Celsius does water boil?", {"100", "hundred"}},
    {"ice", "What is frozen water called?", {"ice"}},
    {"sun", "Which star is closest to the Earth?", {"Sun"}},
    {"moon", "What goes around the Earth and shines at night?", {"Moon"}},
    {"planet", "Which planet is known as the red planet?", {"Mars"}},
    {"bee", "Which insect makes honey?", {"bee", "bees", "honeybee", "honeybees", "honey bee", "honey bees"}},
    {"cow", "Which farm animal gives us milk?", {"cow", "cows"}},
    {"hot", "What is the opposite of hot?", {"cold"}},
    {"big", "What is the opposite of big?", {"small", "little", "tiny"}},
    {"mice", "What is the plural of mouse?", {"mice"}},
    {"hamlet", "Who wrote Romeo and Juliet?", {"Shakespeare"}},
    {"heart", "Which organ pumps blood through the body?", {"heart"}},
};

}  // namespace

std::vector<Item> neutral_questions() {
  std::vector<Item> items;
  for (const Question& question : kQuestions)
    items.push_back(
        {question.id, question.id, {{"user", question.text}}, {{"judge", "contains"}, {"any", question.answers}}});
  return items;
}

}  // namespace bakeoff::suites
