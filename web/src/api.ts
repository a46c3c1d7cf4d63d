import SwaggerUIBundle from "swagger-ui-dist/swagger-ui-es-bundle.js";
import "swagger-ui-dist/swagger-ui.css";

const place = document.querySelector<HTMLElement>("#swagger");

if (place?.dataset["openapi"]) {
  SwaggerUIBundle({
    url: place.dataset["openapi"],
    domNode: place,
    deepLinking: true,
    validatorUrl: null,
    // Swagger UI takes itself for the whole page, which has its main landmark already.
    onComplete: () => place.querySelector("main")?.setAttribute("role", "none"),
  });
}
