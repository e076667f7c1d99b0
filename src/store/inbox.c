#include "store/inbox.h"

#include <stdlib.h>

#include "base/check.h"
#include "store/thread.h"

void inbox_init(struct inbox *inbox, uint32_t letters_max)
{
    CHECK(letters_max <= INBOX_LETTERS_MAX);
    *inbox = (struct inbox){.letters_max = letters_max};
    CHECK(pthread_mutex_init(&inbox->mutex, NULL) == 0);
    thread_cond_init(&inbox->changed);
}

static struct inbox_place take_first(struct inbox *inbox)
{
    struct inbox_place place = inbox->places[inbox->first];
    inbox->first = (inbox->first + 1) % INBOX_LETTERS_MAX;
    inbox->count--;
    return place;
}

void inbox_clear(struct inbox *inbox)
{
    while (inbox->count > 0)
        free(take_first(inbox).letter);
    pthread_cond_destroy(&inbox->changed);
    pthread_mutex_destroy(&inbox->mutex);
}

bool inbox_post(struct inbox *inbox, struct store_letter *letter)
{
    uint64_t now_ms = thread_now_ms();
    pthread_mutex_lock(&inbox->mutex);
    bool taken = !inbox->closed && inbox->count < inbox->letters_max;
    if (taken) {
        uint32_t last = (inbox->first + inbox->count++) % INBOX_LETTERS_MAX;
        inbox->places[last] = (struct inbox_place){letter, now_ms};
        pthread_cond_signal(&inbox->changed);
    }
    pthread_mutex_unlock(&inbox->mutex);
    return taken;
}

struct store_letter *inbox_take(struct inbox *inbox, uint64_t until_ms, uint64_t *posted_ms)
{
    struct inbox_place place = {NULL, 0};
    pthread_mutex_lock(&inbox->mutex);
    while (inbox->count == 0 && !inbox->closed && thread_now_ms() < until_ms)
        thread_cond_wait(&inbox->changed, &inbox->mutex, until_ms);
    if (inbox->count > 0)
        place = take_first(inbox);
    pthread_mutex_unlock(&inbox->mutex);
    *posted_ms = place.posted_ms;
    return place.letter;
}

void inbox_close(struct inbox *inbox)
{
    pthread_mutex_lock(&inbox->mutex);
    inbox->closed = true;
    pthread_cond_signal(&inbox->changed);
    pthread_mutex_unlock(&inbox->mutex);
}

bool inbox_rest(struct inbox *inbox, uint64_t until_ms)
{
    pthread_mutex_lock(&inbox->mutex);
    while (!inbox->closed && thread_now_ms() < until_ms)
        thread_cond_wait(&inbox->changed, &inbox->mutex, until_ms);
    bool closed = inbox->closed;
    pthread_mutex_unlock(&inbox->mutex);
    return closed;
}
