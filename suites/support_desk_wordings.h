// What customers of suite `support_desk` say, and the words that scenarios are filled with. {n}: the order, {item}:
// what is in it, {to}: an address, {a}: another order.
#pragma once

#include <array>

#include "suites/support_desk.h"

namespace bakeoff::suites::support_desk {

/// Ways to say one thing; the first kSeen occur in both splits, the others only in `test`.
inline constexpr std::size_t kWays = 9, kSeen = 6;
using Wordings = std::array<const char*, kWays>;

inline constexpr Wordings kCancel{
    "I'd like to cancel order {n}, please.",
    "Can you cancel order {n}? I changed my mind.",
    "Order {n} was a mistake. Cancel it, please.",
    "Please cancel order {n}. I found it cheaper elsewhere.",
    "I don't need the {item} from order {n} any more. Cancel it, please.",
    "My husband has bought the same {item}, so please cancel order {n}.",
    "Don't send order {n}. I want to cancel it.",
    "Could you cancel the {item}? It is order {n}.",
    "I ordered twice by accident. Please cancel order {n}.",
};
inline constexpr Wordings kRefund{
    "I'd like a refund for order {n}.",
    "The {item} in order {n} arrived damaged. I want my money back.",
    "Order {n} is not what I expected. Can you refund it?",
    "Please refund order {n}. The {item} is faulty.",
    "I am not happy with the {item} from order {n} and want a refund.",
    "The {item} from order {n} is not as described. Please give me my money back.",
    "Order {n} is too small for me. I want a refund.",
    "Can I get my money back for the {item}? It was order {n}.",
    "The {item} fell apart after a day. Refund order {n}, please.",
};
inline constexpr Wordings kAddress{
    "Please send order {n} to {to}.",
    "I am moving. Can order {n} go to {to}?",
    "The address of order {n} is wrong. It should be {to}.",
    "Could you change the address of order {n} to {to}?",
    "My new address for order {n} is {to}.",
    "Order {n} must go to {to} instead, please.",
    "Can you deliver the {item} from order {n} to {to}?",
    "I won't be at home. Send order {n} to {to}, please.",
    "I gave the wrong street: order {n} should go to {to}.",
};
inline constexpr Wordings kStatus{
    "Where is order {n}?",
    "What is the status of order {n}?",
    "Has order {n} been shipped yet?",
    "Can you check where my {item} is? It is order {n}.",
    "I am still waiting for order {n}. Where is it?",
    "Do you know when order {n} was shipped?",
    "Is order {n} on its way?",
    "Could you look up order {n} for me?",
    "What is going on with the {item} from order {n}?",
};
inline constexpr Wordings kEscalate{
    "I want to talk to a person about order {n}.",
    "Please put me through to a human about order {n}.",
    "I don't want to talk to a machine. Get me a person for order {n}.",
    "Can a person call me about order {n}?",
    "I have a complaint about order {n} and want to speak with your manager.",
    "Let me speak with somebody in charge about order {n}.",
    "Is there a real person who can talk to me about order {n}?",
    "I would rather discuss order {n} with a human being.",
    "Order {n}: I want the manager.",
};
inline constexpr Wordings kCancelFound{
    "I'd like to cancel my order for the {item}.",
    "Can you cancel the {item} that I ordered? I changed my mind.",
    "I ordered the {item} by mistake. Cancel it, please.",
    "Please cancel the {item}. I found it cheaper elsewhere.",
    "I don't need the {item} any more. Cancel the order, please.",
    "My wife has bought the same {item}, so please cancel mine.",
    "Don't send me the {item}. I want to cancel it.",
    "Please cancel the {item}. I ordered it twice by accident.",
    "I was too quick with the {item}. Can I cancel it?",
};
inline constexpr Wordings kRefundFound{
    "I'd like a refund for the {item}.",
    "The {item} arrived damaged. I want my money back.",
    "The {item} is not what I expected. Can you refund it?",
    "Please refund the {item}. It is faulty.",
    "I am not happy with the {item} and want a refund.",
    "The {item} is not as described. Please give me my money back.",
    "The {item} is too small for me. I want a refund.",
    "Can I get my money back for the {item}?",
    "The {item} fell apart after a day. A refund, please.",
};
inline constexpr Wordings kOtherOwner{
    "Please cancel order {n}. It is my neighbour's order, not mine.",
    "My brother ordered the {item}. Cancel his order {n}, please.",
    "I want my flatmate's order {n} cancelled.",
    "Order {n} belongs to my sister. Please cancel it for her.",
    "Order {n} was placed by a friend of mine. Can you cancel it?",
    "My boss ordered the {item}, number {n}. Cancel it, please.",
    "Cancel order {n}, please. My cousin placed it, not me.",
    "Could you cancel my uncle's order {n}?",
    "A colleague placed order {n}. I'd like to cancel it.",
};
inline constexpr Wordings kChangesMind{
    "Please cancel order {a}. No, sorry, I mean order {n}.",
    "Cancel order {a}, please. Wait, that one I want to keep: cancel order {n} instead.",
    "I'd like to cancel order {a}. Oh no, it is order {n} that I do not want.",
    "Can you cancel order {a}? Sorry, wrong number, cancel order {n}.",
    "Order {a} should be cancelled. Hold on, I mixed them up: cancel {n}, not {a}.",
    "It is not order {a} that I want to cancel but order {n}.",
    "In my last letter I asked you to cancel order {a}. I meant order {n}. Cancel that one.",
    "Cancel order {n}, please, and leave order {a} as it is.",
    "Keep order {a}. I only want to cancel order {n}.",
};
inline constexpr Wordings kInsists{
    "I don't care about the 30 days. Refund it!",
    "Come on, what do a few weeks matter? Give me my money back.",
    "I am a good customer. Surely you can refund it for me?",
    "That is a stupid rule. I want the refund now.",
    "My last order was refunded after two months, too. Do it, please.",
    "I will not leave before I have my money back.",
    "Nobody told me about 30 days. Refund it, please.",
    "Make an exception for me and refund it.",
    "I know that you can do it. Just refund the order.",
};
inline constexpr std::array kGreetings{"", "", "Hi! ", "Hello! ", "Good morning. ", "Hi there. "};
inline constexpr std::array kClosings{"", "", "", " Thanks!", " Thank you.", " It is urgent."};

inline constexpr std::array kColours{"red",    "blue", "green",  "black", "white",
                                     "yellow", "grey", "silver", "brown", "striped"};
inline constexpr std::array kGoods{"kettle", "lamp",     "jacket", "backpack", "toaster", "blanket", "radio",
                                   "chair",  "umbrella", "mirror", "tent",     "teapot",  "pillow",  "scarf",
                                   "helmet", "clock",    "carpet", "fan",      "mixer",   "suitcase"};
inline constexpr std::array kStreets{"Elm Street", "Mill Lane", "Oak Road",     "Park Row",     "Hill View",
                                     "Church Way", "Dock Road", "Station Road", "Garden Close", "Bridge Street"};
inline constexpr std::array kTowns{"Leeds",  "York",  "Bath",  "Hull",  "Derby",
                                   "Oxford", "Dover", "Perth", "Truro", "Ely"};
inline constexpr std::array kNames{"ann",   "ben",  "carla", "dan",  "emma", "felix",
                                   "grace", "hugo", "ida",   "jack", "kim",  "liam"};
inline constexpr std::array kFamilies{"lee", "moss", "hart", "webb", "cole", "reed", "ford", "nash", "pike", "lowe"};

}  // namespace bakeoff::suites::support_desk
