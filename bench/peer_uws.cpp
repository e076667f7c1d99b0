/* Game as one would write it in an afternoon on µWebSockets, to be compared with the server: what the
 * load generator speaks of it. An Update is not parsed: its state is cut out of the text and put into
 * the PlayerUpdate, which is published to the room.
 *
 *   U=build/peers/uWebSockets
 *   git clone --recursive https://github.com/uNetworking/uWebSockets $U
 *   (cd $U/uSockets && gcc -O2 -DLIBUS_NO_SSL -Isrc -c $(find src -maxdepth 2 -name '*.c'))
 *   g++ -O2 -std=c++20 -DLIBUS_NO_SSL -DUWS_NO_ZLIB -I$U/src -I$U/uSockets/src bench/peer_uws.cpp \
 *       $(find $U/uSockets -maxdepth 1 -name '*.o') -o build/peers/peer_uws
 *   build/peers/peer_uws PORT */
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "App.h"

struct player {
    std::string id, room, state;
};

using socket_type = uWS::WebSocket<false, true, player>;

static std::map<std::string, std::map<std::string, socket_type *>> rooms;

/* The value of a member that is a text, or the text from the member on. */
static std::string_view member(std::string_view text, std::string_view name, bool quoted)
{
    size_t at = text.find(name);
    if (at == std::string_view::npos)
        return {};
    text.remove_prefix(at + name.size());
    return quoted ? text.substr(0, text.find('"')) : text;
}

static void join(socket_type *socket, std::string_view text)
{
    static unsigned count;
    player *own = socket->getUserData();
    char id[37];
    snprintf(id, sizeof id, "%08x-0000-4000-8000-000000000000", ++count);
    own->id = id;
    own->room = member(text, "\"room_id\":\"", true);
    own->state = "{\"name\":\"" + std::string(member(text, "\"name\":\"", true)) + "\"}";
    auto &room = rooms[own->room];
    room[own->id] = socket;
    std::string welcome = "{\"type\":\"Welcome\",\"client_id\":\"" + own->id + "\",\"room_state\":[";
    for (auto &[other, its] : room)
        welcome += (welcome.back() == '[' ? "[\"" : ",[\"") + other + "\"," +
                   its->getUserData()->state + "]";
    socket->send(welcome + "],\"chat_history\":[]}", uWS::OpCode::TEXT);
    socket->subscribe(own->room);
    socket->publish(own->room,
                    "{\"type\":\"PlayerJoined\",\"client_id\":\"" + own->id + "\",\"state\":" +
                        own->state + "}",
                    uWS::OpCode::TEXT);
}

static void update(socket_type *socket, std::string_view text)
{
    player *own = socket->getUserData();
    own->state = member(text, "\"state\":", false);
    own->state.pop_back();
    socket->publish(own->room,
                    "{\"type\":\"PlayerUpdate\",\"client_id\":\"" + own->id + "\",\"state\":" +
                        own->state + "}",
                    uWS::OpCode::TEXT);
}

int main(int, char **argv)
{
    uWS::App::WebSocketBehavior<player> game;
    game.compression = uWS::DISABLED;
    game.message = [](socket_type *socket, std::string_view text, uWS::OpCode) {
        if (text.starts_with("{\"type\":\"Join\""))
            join(socket, text);
        else
            update(socket, text);
    };
    game.close = [](socket_type *socket, int, std::string_view) {
        player *own = socket->getUserData();
        rooms[own->room].erase(own->id);
    };
    uWS::App()
        .ws<player>("/game", std::move(game))
        .listen("127.0.0.1", atoi(argv[1]), [](auto *) {})
        .run();
}
