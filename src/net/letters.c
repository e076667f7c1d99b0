#include "net/letters.h"

#include <stdlib.h>

#include "net/archive.h"
#include "net/http/errand.h"
#include "net/move.h"
#include "net/worker.h"
#include "runtime/mailbox.h"

struct mail {
    struct letter letter; /* first */
    uint32_t from, binding;
    size_t len;
    char bytes[];
};

bool letters_mail(struct worker *from, uint32_t to, uint32_t binding, struct str bytes)
{
    struct mail *mail = malloc(sizeof *mail + bytes.len);
    if (mail == NULL)
        return false;
    *mail = (struct mail){
        .letter = {.kind = LETTER_MAIL, .bytes = (uint32_t)(sizeof *mail + bytes.len)},
        .from = from->index,
        .binding = binding,
        .len = bytes.len};
    if (bytes.len > 0)
        memcpy(mail->bytes, bytes.base, bytes.len);
    if (mailbox_post(from->server->workers[to].mailbox, &mail->letter))
        return true;
    free(mail);
    return false;
}

static void take_mail(struct worker *worker, struct mail *mail)
{
    hub_mail(worker->hub, mail->binding, mail->from, (struct str){mail->bytes, mail->len});
    free(mail);
}

static void take(struct worker *worker, struct letter *letter)
{
    switch ((enum letter_kind)letter->kind) {
    case LETTER_MOVE:
        move_arrive(worker, letter);
        break;
    case LETTER_MAIL:
        take_mail(worker, (struct mail *)(void *)letter);
        break;
    case LETTER_RECALLED:
    case LETTER_ANSWER:
        archive_take(worker, (struct store_letter *)(void *)letter);
        break;
    case LETTER_ERRAND:
        errand_take(worker, (struct errand *)(void *)letter);
        break;
    }
}

static void drop(struct worker *worker, struct letter *letter)
{
    switch ((enum letter_kind)letter->kind) {
    case LETTER_MOVE:
        move_drop(worker, letter);
        break;
    case LETTER_ERRAND:
        errand_free((struct errand *)(void *)letter);
        break;
    case LETTER_MAIL:
    case LETTER_RECALLED:
    case LETTER_ANSWER:
        free(letter);
        break;
    }
}

void letters_take(struct worker *worker)
{
    struct letter *letter = mailbox_take(worker->mailbox);
    if (letter != NULL) {
        /* Moments that letters bring along must not lie ahead of this worker's: the clock of its
         * turn may be older than a letter that has come since. */
        loop_renew(&worker->loop);
        hub_time(worker->hub, worker->loop.now_ms, worker->loop.wall_ms);
    }
    while (letter != NULL) {
        struct letter *next = letter->next;
        take(worker, letter);
        letter = next;
    }
}

void letters_drop(struct worker *worker)
{
    struct letter *letter = mailbox_take(worker->mailbox);
    while (letter != NULL) {
        struct letter *next = letter->next;
        drop(worker, letter);
        letter = next;
    }
}
