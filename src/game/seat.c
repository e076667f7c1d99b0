/* Seats: places in rooms of this worker, kept for players who are not in them yet. Some are in a
 * room of another worker, and must not lose that before it is certain that they get in here. For
 * some the room is not open yet: these seats stand in its line. */
#include "base/check.h"
#include "game/state.h"

/* A player who has not come for its seat by then has ended on the way. */
enum { SEAT_MS = 10000 };

/* What instances write to each other; behind a question stands the room's id. All are parts of one
 * program, so that it goes as it stands in memory. */
struct letter {
    enum { QUESTION, ANSWER } kind;
    enum answer answer;   /* ANSWER: of these, ... */
    struct handle player; /* who asks; may be gone when it is answered */
    struct handle seat;   /* ... of ANSWER_KEPT */
};

void seat_ask(const struct game *game, uint32_t player, uint32_t owner, struct str room_id,
              struct turn *turn)
{
    struct letter letter = {.kind = QUESTION, .player = pool_handle(&game->players, player)};
    char *bytes = turn_memory(turn, sizeof letter + room_id.len);
    memcpy(bytes, &letter, sizeof letter);
    memcpy(bytes + sizeof letter, room_id.base, room_id.len);
    effect_mail(turn, player_at(game, player)->session, owner, bytes, sizeof letter + room_id.len);
}

static void reply(uint32_t worker, struct handle player, enum answer answer, struct handle seat,
                  struct turn *turn)
{
    struct letter *letter = turn_memory(turn, sizeof *letter);
    *letter = (struct letter){.kind = ANSWER, .answer = answer, .player = player, .seat = seat};
    effect_mail(turn, HANDLE_NONE, worker, letter, sizeof *letter);
}

/* The line */

static struct seat *seat_at(const struct game *game, uint32_t slot)
{
    CHECK(pool_is_live(&game->seats, slot));
    return pool_at(&game->seats, slot);
}

static void line_append(struct game *game, struct seat *seat)
{
    struct room *room = game_room_at(game, seat->room);
    uint32_t slot = pool_slot(&game->seats, seat);
    seat->next = NONE;
    seat->previous = room->line_last;
    if (room->line_last == NONE)
        room->line_first = slot;
    else
        seat_at(game, room->line_last)->next = slot;
    room->line_last = slot;
}

static void line_remove(struct game *game, const struct seat *seat)
{
    struct room *room = game_room_at(game, seat->room);
    if (seat->previous == NONE)
        room->line_first = seat->next;
    else
        seat_at(game, seat->previous)->next = seat->next;
    if (seat->next == NONE)
        room->line_last = seat->previous;
    else
        seat_at(game, seat->next)->previous = seat->previous;
}

/* Keeping and ending */

/* The place is kept already. HANDLE_NONE when there are as many seats as there may be. */
static struct handle add(struct game *game, uint32_t room, uint32_t worker, struct handle player)
{
    struct handle handle;
    struct seat *seat = pool_take(&game->seats, &handle);
    if (seat == NULL)
        return HANDLE_NONE;
    *seat = (struct seat){.room = room, .worker = worker, .player = player};
    if (game_room_at(game, room)->opening)
        line_append(game, seat);
    return handle;
}

/* The seat is no more; returns the room in which the place is kept. */
static uint32_t end(struct game *game, struct seat *seat)
{
    uint32_t room = seat->room;
    if (game_room_at(game, room)->opening)
        line_remove(game, seat);
    wheel_clear(game->seated, &seat->timer);
    pool_give_back(&game->seats, pool_slot(&game->seats, seat));
    return room;
}

/* Answers the question of another worker's player, at once or when the room is open. */
static void keep(struct game *game, struct str room_id, uint32_t worker, struct handle player,
                 struct turn *turn)
{
    uint32_t room = game_room_keep_place(game, room_id, turn);
    if (room == NONE) {
        reply(worker, player, ANSWER_FULL, HANDLE_NONE, turn);
        return;
    }
    struct handle handle = add(game, room, worker, player);
    struct seat *seat = pool_find(&game->seats, handle);
    if (seat == NULL) {
        game_room_give_up_place(game, room);
        reply(worker, player, ANSWER_REFUSED, HANDLE_NONE, turn);
    } else if (!game_room_at(game, room)->opening) {
        wheel_set(game->seated, &seat->timer, turn->now_ms + SEAT_MS);
        reply(worker, player, ANSWER_KEPT, handle, turn);
    }
}

bool seat_wait(struct game *game, uint32_t slot, uint32_t room)
{
    struct player *player = player_at(game, slot);
    player->seat = add(game, room, game->config.worker, pool_handle(&game->players, slot));
    return !handle_equal(player->seat, HANDLE_NONE);
}

void seat_leave(struct game *game, uint32_t slot)
{
    /* A seat on another worker may have the handle of one here, which is somebody else's. */
    struct seat *seat = pool_find(&game->seats, player_at(game, slot)->seat);
    if (seat != NULL && seat->worker == game->config.worker &&
        handle_equal(seat->player, pool_handle(&game->players, slot)))
        game_room_give_up_place(game, end(game, seat));
}

uint32_t seat_use(struct game *game, uint32_t slot)
{
    struct player *player = player_at(game, slot);
    struct seat *seat = pool_find(&game->seats, player->seat);
    player->seat = HANDLE_NONE;
    return seat == NULL ? NONE : end(game, seat);
}

void seat_expire(struct game *game, struct seat *seat)
{
    game_room_give_up_place(game, end(game, seat));
}

/* Telling */

static void told(struct player *player, enum answer answer, struct handle seat, struct turn *turn)
{
    player->answer = (uint8_t)answer;
    player->seat = seat;
    effect_resume(turn, player->session);
}

void seats_tell(struct game *game, uint32_t slot, enum answer answer, struct turn *turn)
{
    uint32_t next = game_room_at(game, slot)->line_first;
    while (next != NONE) {
        struct seat *seat = seat_at(game, next);
        struct handle handle = pool_handle(&game->seats, next);
        uint32_t worker = seat->worker;
        struct handle player = seat->player;
        next = seat->next;
        if (answer == ANSWER_KEPT) {
            wheel_set(game->seated, &seat->timer, turn->now_ms + SEAT_MS);
        } else {
            game_room_give_up_place(game, end(game, seat));
            handle = HANDLE_NONE;
        }
        if (worker == game->config.worker)
            told(player_at(game, player.slot), answer, handle, turn);
        else
            reply(worker, player, answer, handle, turn);
    }
}

void seat_mail(struct game *game, uint32_t from, const uint8_t *bytes, size_t len,
               struct turn *turn)
{
    struct letter letter;
    CHECK(len >= sizeof letter);
    memcpy(&letter, bytes, sizeof letter);
    if (letter.kind == QUESTION) {
        struct str room_id = {(const char *)bytes + sizeof letter, len - sizeof letter};
        keep(game, room_id, from, letter.player, turn);
        return;
    }
    struct player *player = pool_find(&game->players, letter.player);
    if (player != NULL) /* otherwise its seat ends by itself */
        told(player, letter.answer, letter.seat, turn);
}
