import { createServer } from 'node:http';

/**
 * Starts a server of the test's own that answers with `answer(request, response, body)`, `body` being the request's JSON.
 * `requests` is what it got.
 */
export async function serve(test, answer) {
    const requests = [];
    const server = createServer(async (request, response) => {
        let text = '';
        for await (const chunk of request) {
            text += chunk;
        }
        const body = text ? JSON.parse(text) : null;
        requests.push({ method: request.method, url: request.url, headers: request.headers, body });
        await answer(request, response, body);
    });
    await new Promise((started) => server.listen(0, '127.0.0.1', started));
    test.after(() => {
        server.closeAllConnections();
        server.close();
    });
    return { origin: `http://127.0.0.1:${server.address().port}`, requests };
}

export function sendJson(response, value, status = 200, headers = {}) {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(value));
}
