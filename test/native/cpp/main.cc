#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <map>

#include "check.h"

namespace {

std::map<pid_t, const char*> running;
bool all_passed = true;

void await_one() {
  int status = 0;
  const pid_t pid = wait(&status);
  const bool passed = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  printf("%s %s\n", passed ? "ok" : "FAILED", running[pid]);
  all_passed = all_passed && passed;
  running.erase(pid);
}

}  // namespace

/**
 * `core-tests [JOBS]`: every test in a process of its own, so that none meets what another left behind and one that crashes is named; JOBS at
 * a time (1), for tests that wait more than they work.
 */
int main(int count, char** arguments) {
  const size_t jobs = count > 1 ? strtoul(arguments[1], nullptr, 10) : 1;
  for (const auto& [name, body] : tests()) {
    if (running.size() >= jobs) await_one();
    // Else the child would print again what waits in the buffer.
    fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0) {
      body();
      return failures == 0 ? 0 : 1;
    }
    running.emplace(pid, name);
  }
  while (!running.empty()) await_one();
  return all_passed ? 0 : 1;
}
