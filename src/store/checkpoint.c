#include "store/checkpoint.h"

#include <errno.h>
#include <semaphore.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/log.h"
#include "store/thread.h"

struct checkpointer {
    sqlite3 *db;
    struct thread thread;
    sem_t asked;
    atomic_bool busy, stopping;
};

static void run(void *context)
{
    struct checkpointer *checkpointer = context;
    for (;;) {
        while (sem_wait(&checkpointer->asked) != 0)
            ;
        if (atomic_load(&checkpointer->stopping))
            return;
        /* What fails now is done the next time. */
        sqlite3_wal_checkpoint_v2(checkpointer->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
        atomic_store(&checkpointer->busy, false);
    }
}

static bool connect(struct checkpointer *checkpointer, const char *path)
{
    /* Its first statement is what shows it that there is a log. */
    if (sqlite3_open_v2(path, &checkpointer->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                        NULL) == SQLITE_OK &&
        sqlite3_exec(checkpointer->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL) == SQLITE_OK)
        return true;
    log_error("the journal cannot be opened a second time", log_string("path", path),
              log_string("error", sqlite3_errmsg(checkpointer->db)));
    return false;
}

struct checkpointer *checkpointer_new(const char *path)
{
    struct checkpointer *checkpointer = calloc(1, sizeof *checkpointer);
    if (checkpointer == NULL) {
        log_error("the journal cannot be opened a second time", log_system_error(ENOMEM));
        return NULL;
    }
    CHECK(sem_init(&checkpointer->asked, 0, 0) == 0);
    if (!connect(checkpointer, path) ||
        !thread_start(&checkpointer->thread, "checkpoint", run, checkpointer)) {
        checkpointer_free(checkpointer);
        return NULL;
    }
    return checkpointer;
}

void checkpointer_free(struct checkpointer *checkpointer)
{
    if (checkpointer == NULL)
        return;
    atomic_store(&checkpointer->stopping, true);
    sem_post(&checkpointer->asked);
    CHECK(thread_join(&checkpointer->thread, UINT64_MAX));
    CHECK(sqlite3_close(checkpointer->db) == SQLITE_OK);
    sem_destroy(&checkpointer->asked);
    free(checkpointer);
}

void checkpointer_ask(struct checkpointer *checkpointer)
{
    if (!atomic_exchange(&checkpointer->busy, true))
        sem_post(&checkpointer->asked);
}

bool checkpointer_is_busy(const struct checkpointer *checkpointer)
{
    return atomic_load(&checkpointer->busy);
}
