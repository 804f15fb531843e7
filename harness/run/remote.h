// Arms of kind `remote`: models behind an OpenAI-compatible endpoint, played like any other.
//
// Identity: what answers at an address can not be proved from here. It is taken to be address, name, what the server
// reports about itself and the further fields of the requests, and says "not verifiable" wherever it is shown.
//
// Failures are never scores. Broken connections, timeouts, statuses 408, 429 and 5xx, and replies that are cut off or
// of another form are tried again, after a growing pause or the one that the server asks for; then the sample is
// unscored and the next run asks again. After a refused key or address, or several requests in a row that failed for
// good, the rest of the run asks nothing more of this server. A request that the server calls wrong (400, 413, 422) is
// unscored for good.
//
// Secrets are read from the environment when a connection is made, are taken out of everything that a server says, and
// are kept nowhere.
#pragma once

#include <memory>

#include "harness/core/generator.h"
#include "harness/core/remote_model.h"

namespace bakeoff::run {

/// Are the variables that it names set, and would keys travel encrypted (or not leave this machine)? Otherwise an input
/// error.
Status check_secrets(const RemoteModel& remote);

/// What the server reports about itself and the model that can change answers: its name, version, the model's root.
/// Null where it does not answer within a few seconds.
Json remote_version(const RemoteModel& remote);

/// `version`: of remote_version(), now or remembered.
GeneratorIdentity remote_identity(const RemoteModel& remote, const Json& version);

/// `identity.context` comes before every conversation. Errors: those of check_secrets().
Result<std::unique_ptr<Generator>> open_remote(const RemoteModel& remote, GeneratorIdentity identity);

}  // namespace bakeoff::run
