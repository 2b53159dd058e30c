#include "check.h"

int main() {
  for (const auto& [name, body] : tests()) {
    const int before = failures;
    body();
    printf("%s %s\n", failures == before ? "ok" : "FAILED", name);
  }
  return failures == 0 ? 0 : 1;
}
