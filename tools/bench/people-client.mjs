/** Requests on kept connections. */
import http from 'node:http';

const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });

/** Below /api/v1, an object as JSON, text as it is. @returns what was answered, null for nothing. @throws unless it is 2xx */
export function call(url, authorization, method, target, body) {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const headers = {
    ...(authorization === null ? {} : { authorization }),
    ...(text === undefined
      ? {}
      : {
          'content-type': typeof body === 'string' ? 'application/octet-stream' : 'application/json',
          'content-length': Buffer.byteLength(text),
        }),
  };
  return new Promise((resolve, reject) => {
    const request = http.request(`${url}/api/v1${target}`, { method, agent, headers }, (answer) => {
      let told = '';
      answer.setEncoding('utf8');
      answer.on('data', (piece) => (told += piece));
      answer.on('end', () => {
        if (answer.statusCode >= 300) reject(new Error(`${method} ${target}: ${answer.statusCode} ${told}`));
        else resolve(told === '' ? null : JSON.parse(told));
      });
    });
    request.on('error', reject);
    request.end(text);
  });
}

export function hangUp() {
  agent.destroy();
}
